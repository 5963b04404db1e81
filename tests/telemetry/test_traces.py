"""Traces: how they come in and go out, which are kept, and what a collector gets of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.errors import SubgraphUnreachableError
from router.server.app import create_app
from router.server.options import ServerOptions
from router.telemetry.metrics.base import PushOptions
from router.telemetry.metrics.process import Metrics, MetricsOptions
from router.telemetry.metrics.push import MetricsPush
from router.telemetry.observers import Observers
from router.telemetry.record import RequestRecord
from router.telemetry.trace_context import FORMATS
from router.telemetry.tracing.export import SpanExport, SpanExportOptions
from router.telemetry.tracing.observer import TraceObserver, TraceOptions
from router.transport.base import SubgraphClient, SubgraphRequest
from router.transport.fake import FakeStreams
from router.transport.http import HttpClient
from router.transport.httpx_client import in_process
from tests.engine.sample import SUPERGRAPH, Subgraphs, renames
from tests.serving import serving
from tests.telemetry.collector import Collector, attributes, collecting

TRACE, SPAN = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7
STARS = 'query Stars($id: ID!) { product(id: $id) { name stars } other: product(id: "secret") { name } }'

SENT: dict[str, dict[str, str]] = {
    "trace_context": {"traceparent": f"00-{TRACE:032x}-{SPAN:016x}-01", "tracestate": "vendor=1"},
    "zipkin": {"x-b3-traceid": f"{TRACE:032x}", "x-b3-spanid": f"{SPAN:016x}", "x-b3-sampled": "1"},
    "jaeger": {"uber-trace-id": f"{TRACE:x}:{SPAN:x}:0:1"},
    "datadog": {
        "x-datadog-trace-id": str(TRACE & (2**64 - 1)),
        "x-datadog-parent-id": str(SPAN),
        "x-datadog-sampling-priority": "1",
        "x-datadog-tags": f"_dd.p.dm=-1,_dd.p.tid={TRACE >> 64:016x}",
    },
}


def encoded(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in headers.items()}


def begun(options: TraceOptions, headers: dict[str, str]) -> RequestRecord:
    record = RequestRecord("http", encoded(headers))
    TraceObserver(options).begun(record)
    return record


@pytest.mark.parametrize("name", FORMATS)
def test_a_trace_comes_in_and_goes_out_in_each_format(name: str) -> None:
    record = begun(TraceOptions(formats=(name,)), SENT[name])
    assert record.trace is not None
    assert record.trace.trace_id == TRACE
    assert record.trace.parent is not None
    assert record.trace.parent.span_id == SPAN
    assert record.trace.is_sampled
    span_id, headers = record.trace.child()
    read = FORMATS[name][0](dict(headers))
    assert read is not None
    assert (read.trace_id, read.span_id, read.is_sampled) == (TRACE, span_id, True)
    if name == "trace_context":
        assert dict(headers)[b"tracestate"] == b"vendor=1"


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("trace_context", {"traceparent": f"ff-{TRACE:032x}-{SPAN:016x}-01"}),
        ("trace_context", {"traceparent": f"00-{0:032x}-{SPAN:016x}-01"}),
        ("trace_context", {"traceparent": f"00-{TRACE:032x}-{0:016x}-01"}),
        ("trace_context", {"traceparent": "nonsense"}),
        ("zipkin", {"b3": "0"}),
        ("zipkin", {"x-b3-traceid": "xyz", "x-b3-spanid": f"{SPAN:016x}"}),
        ("jaeger", {"uber-trace-id": "1:2"}),
        ("jaeger", {"uber-trace-id": "0:1:0:1"}),
        ("datadog", {"x-datadog-trace-id": "0"}),
        ("datadog", {"x-datadog-trace-id": "-5"}),
    ],
)
def test_a_trace_that_is_not_well_formed_is_none_and_a_new_one_begins(
    name: str, headers: dict[str, str]
) -> None:
    record = begun(TraceOptions(formats=(name,)), headers)
    assert record.trace is not None
    assert record.trace.parent is None
    assert record.trace.trace_id not in (0, TRACE)


def test_b3_may_come_in_one_header_and_leave_the_decision_open() -> None:
    read = FORMATS["zipkin"][0]
    single = read({b"b3": b"%032x-%016x-1-%016x" % (TRACE, SPAN, 5)})
    assert single is not None
    assert (single.trace_id, single.span_id, single.is_sampled) == (TRACE, SPAN, True)
    undecided = read({b"b3": b"%016x-%016x" % (7, SPAN)})
    assert undecided is not None
    assert (undecided.trace_id, undecided.is_sampled) == (7, None)


def test_several_formats_go_out_and_the_first_that_came_counts() -> None:
    options = TraceOptions(formats=("trace_context", "jaeger", "datadog"))
    record = begun(options, SENT["jaeger"])
    assert record.trace is not None
    assert record.trace.trace_id == TRACE
    names = [name for name, _ in record.trace.child()[1]]
    assert {b"traceparent", b"uber-trace-id", b"x-datadog-trace-id"} <= set(names)


def test_the_callers_decision_counts_unless_it_is_not_asked_for() -> None:
    dropped = {"traceparent": f"00-{TRACE:032x}-{SPAN:016x}-00"}
    kept = SENT["trace_context"]
    for share in (0.0, 1.0):
        for headers, decision in ((dropped, False), (kept, True)):
            record = begun(TraceOptions(share), headers)
            assert record.trace is not None
            assert record.trace.is_sampled is decision
            record = begun(TraceOptions(share, is_parent_based=False), headers)
            assert record.trace is not None
            assert record.trace.is_sampled is (share == 1.0)


def test_about_the_share_of_new_traces_is_kept() -> None:
    kept = sum(begun(TraceOptions(0.25), {}).trace.is_sampled for _ in range(2000))  # type: ignore[union-attr]
    assert 350 < kept < 650


def test_a_traces_id_may_come_in_any_header() -> None:
    options = TraceOptions(request_header=b"x-correlation-id")
    uuid = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
    record = begun(options, {"x-correlation-id": uuid})
    assert record.trace is not None
    assert record.trace.trace_id == TRACE
    for wrong in ("", "0", "xyz", "1" * 33):
        record = begun(options, {"x-correlation-id": wrong})
        assert record.trace is not None
        assert record.trace.parent is None


@asynccontextmanager
async def traced(
    collector: Collector, options: TraceOptions | None = None, client: SubgraphClient | None = None
) -> AsyncIterator[tuple[str, Subgraphs]]:
    """A served sample that sends its traces; all of them are there when it has ended."""
    subgraphs = Subgraphs()
    export = SpanExport(
        SpanExportOptions(f"{collector.url}/v1/traces", {"x-key": "k"}, {"service.name": "tests"}), "1.2.3"
    )
    engine = Engine(
        SupergraphSource(lambda: SUPERGRAPH, lambda: ()),
        EngineOptions(names_operations=True),
        client or subgraphs,
        FakeStreams({"products": renames}),
        Observers([TraceObserver(options or TraceOptions(), export)], (b"client-name",)),
    )
    app = create_app(engine, ServerOptions(trace_header=(b"x-trace-id", "hexadecimal")))
    async with serving(app) as origin:
        yield origin, subgraphs


async def ask(origin: str, query: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        body = {"query": query, "variables": {"id": "secret"}}
        return await client.post(f"{origin}/graphql", json=body, headers=headers)


async def test_a_collector_gets_a_span_for_each_phase_and_each_fetch_below_the_callers() -> None:
    with collecting() as collector:
        async with traced(collector) as (origin, subgraphs):
            answer = await ask(origin, STARS, **SENT["trace_context"], **{"client-name": "web"})
        spans = {span.name: span for span in collector.spans()}
        asked = {one.subgraph: dict(one.trace) for one in subgraphs.requests}
    assert answer.headers["x-trace-id"] == f"{TRACE:032x}"
    assert set(spans) == {
        "POST /graphql", "query", "parse", "validate", "plan", "compile", "execute", "fetch products", "fetch reviews"
    }  # fmt: skip
    assert {span.trace_id for span in spans.values()} == {TRACE.to_bytes(16, "big")}
    root, operation, execute = spans["POST /graphql"], spans["query"], spans["execute"]
    assert root.parent_span_id == SPAN.to_bytes(8, "big")
    assert operation.parent_span_id == root.span_id
    for name in ("parse", "validate", "plan", "compile", "execute"):
        assert spans[name].parent_span_id == operation.span_id
    for name in ("products", "reviews"):
        fetch = spans[f"fetch {name}"]
        assert fetch.parent_span_id == execute.span_id
        assert attributes(fetch)["olympus.subgraph.name"] == name
        assert attributes(fetch)["http.response.status_code"] == 200
        # What the subgraph was told is the span that the collector got.
        told = b"00-%032x-%s-01" % (TRACE, fetch.span_id.hex().encode())
        assert asked[name] == {b"traceparent": told, b"tracestate": b"vendor=1"}
        assert root.start_time_unix_nano <= fetch.start_time_unix_nano <= fetch.end_time_unix_nano
        assert fetch.end_time_unix_nano <= root.end_time_unix_nano
    told = attributes(operation)
    assert (told["graphql.operation.type"], told["graphql.operation.name"]) == ("query", "Stars")
    assert told["graphql.document"].startswith("query Stars($id: ID!)")
    assert told["olympus.plan_cache.hit"] is False
    told = attributes(root)
    assert (told["http.request.method"], told["http.response.status_code"]) == ("POST", 200)
    assert told["graphql.client.name"] == "web"
    assert told["olympus.request.id"] == answer.headers["x-request-id"]
    assert "secret" not in str(collector.traces)
    resource = attributes(collector.traces[0].resource_spans[0].resource)
    assert (resource["service.name"], resource["service.version"]) == ("tests", "1.2.3")
    assert collector.headers[0]["x-key"] == "k"


async def test_an_error_is_a_spans_status_and_code() -> None:
    with collecting() as collector:
        async with traced(collector) as (origin, subgraphs):

            async def dead(_request: Any) -> Any:
                raise SubgraphUnreachableError("reviews", "down")

            subgraphs.handlers["reviews"] = dead
            await ask(origin, STARS)
        spans = {span.name: span for span in collector.spans()}
    for name in ("fetch reviews", "query"):
        assert spans[name].status.code == 2
        assert attributes(spans[name])["error.type"] == SubgraphUnreachableError.code
    assert spans["fetch products"].status.code == spans["POST /graphql"].status.code == 0


async def test_what_is_not_sampled_reaches_subgraphs_so_and_no_collector() -> None:
    with collecting() as collector:
        async with traced(collector, TraceOptions(share=0.0)) as (origin, subgraphs):
            answer = await ask(origin, STARS)
        assert collector.traces == []
    parent = dict(subgraphs.requests[0].trace)[b"traceparent"]
    assert parent.endswith(b"-00")
    assert answer.headers["x-trace-id"].encode() in parent


async def test_a_collector_that_is_gone_harms_no_request_and_does_not_hold_up_the_end() -> None:
    async with asyncio.timeout(30):
        gone = Collector()
        gone.url = "http://127.0.0.1:9"
        async with traced(gone) as (origin, _):
            assert (await ask(origin, STARS)).json()["data"]["product"]["stars"] == 5


@pytest.mark.parametrize("kind", ["own", "httpx"])
async def test_subgraphs_get_the_header_once_whatever_client_asks_them(kind: str) -> None:
    seen: list[list[bytes]] = []

    async def subgraph(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await receive()
        seen.append([value for name, value in scope["headers"] if name == b"traceparent"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async with serving(subgraph) as origin:
        client: SubgraphClient = HttpClient() if kind == "own" else in_process(subgraph)
        request = SubgraphRequest(
            "s", origin, b"{}", ((b"x-more", b"1"),), True, 10.0, trace=((b"traceparent", b"abc"),)
        )
        await client.send(request)
        await client.close()
    assert seen == [[b"abc"]]


async def test_metrics_are_sent_to_a_collector_as_prometheus_has_them() -> None:
    metrics = Metrics(MetricsOptions(), "1.2.3")
    record = RequestRecord("http", {})
    record.method, record.status, record.ended_s = "POST", 200, record.started_s + 0.02
    metrics.ended(record)
    with collecting() as collector:
        options = PushOptions(f"{collector.url}/v1/metrics", resource={"service.name": "tests"})
        running = asyncio.create_task(MetricsPush(options, metrics.registry, "1.2.3").run())
        await asyncio.sleep(0)
        running.cancel()  # the end sends what there is
        await asyncio.gather(running, return_exceptions=True)
        sent = collector.last_metrics()
    [requests] = sent["olympus_http_requests"].sum.data_points
    assert (requests.as_double, attributes(requests)["status"]) == (1.0, "200")
    assert sent["olympus_http_requests"].sum.is_monotonic
    [latency] = sent["olympus_http_request_duration_seconds"].histogram.data_points
    assert (latency.count, round(latency.sum, 3)) == (1, 0.02)
    assert len(latency.bucket_counts) == len(latency.explicit_bounds) + 1
    assert latency.bucket_counts[list(latency.explicit_bounds).index(0.025)] == 1
    assert sent["olympus_http_request_duration_seconds"].unit == "s"
    [workers] = sent["olympus_workers"].gauge.data_points
    assert workers.as_double == 1


async def test_a_latency_has_its_trace_as_exemplar() -> None:
    metrics = Metrics(MetricsOptions(), "1")
    record = begun(TraceOptions(), SENT["trace_context"])
    record.status, record.ended_s = 200, record.started_s + 0.02
    metrics.ended(record)
    text, _ = await metrics.scraped("application/openmetrics-text; version=1.0.0")
    assert b'# {trace_id="%032x"} 0.02' % TRACE in text
