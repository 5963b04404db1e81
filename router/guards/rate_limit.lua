-- GCRA for several buckets at once: all of them pass, or none is charged.
--
-- KEYS    one per bucket; its value is the time at which the bucket is full again, in microseconds
-- ARGV    weight, then per bucket: microseconds that one request takes, microseconds that a burst may take
-- result  {1 or 0, then per bucket: requests left, microseconds until it is full, microseconds to wait}
--
-- The server's clock counts, so that all routers agree.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local weight = tonumber(ARGV[1])
local passes = 1
local full = {}
local result = {1}
for i, key in ipairs(KEYS) do
  local step = tonumber(ARGV[2 * i])
  local burst = tonumber(ARGV[2 * i + 1])
  local before = math.max(tonumber(redis.call('GET', key) or now), now)
  local after = before + step * weight
  local wait = after - burst - now
  full[i] = {before, after}
  if wait > 0 then
    passes = 0
  end
  result[3 * i] = 0
  result[3 * i + 1] = wait
end
for i, key in ipairs(KEYS) do
  local step = tonumber(ARGV[2 * i])
  local burst = tonumber(ARGV[2 * i + 1])
  local at = full[i][1]
  if passes == 1 then
    at = full[i][2]
    if at > now then
      redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000) + 1)
    end
  end
  result[3 * i - 1] = math.max(math.floor((now + burst - at) / step), 0)
  result[3 * i] = at - now
  result[3 * i + 1] = math.max(result[3 * i + 1], 0)
end
result[1] = passes
return result
