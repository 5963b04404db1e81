-- The wrk script.  BODY_FILE: the request body; where it holds the placeholder
-- 000000000000, each request gets a number of its own there. THINK_MS: each
-- connection waits a random 0..THINK_MS before each request.
local file = assert(io.open(os.getenv("BODY_FILE"), "rb"))
local body = file:read("*a")
file:close()

wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["accept"] = "application/json"
wrk.body = body

local mark = "000000000000"
local first = body:find(mark, 1, true)
if first then
  local before, after = body:sub(1, first - 1), body:sub(first + #mark)
  local n = (os.time() % 1000000) * 1000000
  request = function()
    n = n + 1
    return wrk.format(nil, nil, nil, before .. string.format("%012.0f", n) .. after)
  end
end

local think = tonumber(os.getenv("THINK_MS") or "0")
if think > 0 then
  delay = function() return math.random(0, think) end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nJSON {"requests":%d,"seconds":%.6f,"bytes":%.0f,"not_ok":%d,"socket_errors":%d,' ..
    '"p50_ms":%.3f,"p95_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, e.status,
    e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000))
end
