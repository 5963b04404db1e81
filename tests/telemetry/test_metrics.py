"""What metrics count: of requests as they end, and of the router's parts as they are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import orjson
from prometheus_client.parser import text_string_to_metric_families

from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.errors import SubgraphUnreachableError
from router.server.app import create_app
from router.server.metrics import MetricsObserver
from router.server.options import ServerOptions
from router.server.traffic import Traffic
from router.telemetry.metrics.base import Reading
from router.telemetry.metrics.labels import BoundedLabels
from router.telemetry.metrics.process import Metrics, MetricsOptions
from router.telemetry.observers import Observers
from router.telemetry.record import OperationRecord, RequestRecord, subgraph_seconds
from router.transport.fake import FakeStreams
from tests.engine.sample import SUPERGRAPH, Subgraphs, renames
from tests.serving import serving

STARS = "query Stars($id: ID!) { product(id: $id) { name stars } }"


class Counted:
    """A served sample with metrics."""

    def __init__(self, origin: str, metrics: Metrics, subgraphs: Subgraphs) -> None:
        self.origin = origin
        self.metrics = metrics
        self.subgraphs = subgraphs

    async def ask(self, body: Any, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.post(f"{self.origin}/graphql", json=body, headers=headers)

    async def samples(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{self.origin}/metrics")).text
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def value(self, name: str, **labels: str) -> float | None:
        return (await self.samples()).get((f"olympus_{name}", tuple(sorted(labels.items()))))


@asynccontextmanager
async def counted(max_label_values: int = 200, **options: Any) -> AsyncIterator[Counted]:
    metrics = Metrics(MetricsOptions(max_label_values), "1.2.3")
    traffic = Traffic(metrics=metrics)
    subgraphs = Subgraphs()
    observers = Observers(
        [MetricsObserver(traffic)], (b"apollographql-client-name",), (b"apollographql-client-version",)
    )
    engine = Engine(
        SupergraphSource(lambda: SUPERGRAPH, lambda: ()),
        EngineOptions(names_operations=True, **options),
        subgraphs,
        FakeStreams({"products": renames}),
        observers,
    )
    app = create_app(engine, ServerOptions(metrics_path="/metrics", max_batch_requests=5), traffic)
    async with serving(app) as origin:
        yield Counted(origin, metrics, subgraphs)


async def test_a_request_is_counted_with_its_operation_fetches_entities_and_client() -> None:
    async with counted() as one:
        for _ in range(2):
            await one.ask({"query": STARS, "variables": {"id": "1"}}, **{"apollographql-client-name": "web"})
        samples = await one.samples()

        def value(name: str, **labels: str) -> float:
            return samples[f"olympus_{name}", tuple(sorted(labels.items()))]

        assert value("http_requests_total", method="POST", status="200", protocol="http") == 2
        assert value("http_request_duration_seconds_count", status="200") == 2
        assert value("router_duration_seconds_count") == 2
        assert value("operations_total", operation="Stars", kind="query", outcome="ok") == 2
        assert value("client_operations_total", client_name="web", client_version="") == 2
        assert value("plan_cache_lookups_total", result="miss") == 1
        assert value("plan_cache_lookups_total", result="hit") == 1
        assert value("operation_phase_duration_seconds_count", phase="plan") == 1
        assert value("operation_phase_duration_seconds_count", phase="execute") == 2
        assert value("subgraph_requests_total", subgraph="products", status="200") == 2
        assert value("subgraph_requests_total", subgraph="reviews", status="200") == 2
        assert value("entity_requests_total", subgraph="reviews") == 2
        assert value("entity_representations_total", subgraph="reviews") == 2
        assert value("http_request_body_bytes_sum") > 100
        assert value("plan_cache_operations") == 1
        assert value("http_requests_in_flight") == 0
        assert value("build_info", version="1.2.3") == 1
        assert value("resident_memory_bytes") > 1e6
        assert value("reloads_total", of="supergraph", result="taken") == 1


async def test_each_operation_of_a_batch_is_counted_and_its_request_once() -> None:
    async with counted() as one:
        await one.ask([{"query": STARS, "variables": {"id": "1"}}, {"query": "query Nope { nope }"}])
        assert await one.value("http_requests_total", method="POST", status="200", protocol="http") == 1
        assert await one.value("operations_total", operation="Stars", kind="query", outcome="ok") == 1
        refused = {"operation": "unknown", "kind": "unknown", "outcome": "refused"}
        assert await one.value("operations_total", **refused) == 1
        assert await one.value("refused_requests_total", code="GRAPHQL_VALIDATION_FAILED") == 1


async def test_what_is_refused_before_it_is_an_operation_is_counted_by_code() -> None:
    async with counted() as one:
        await one.ask({"no": "query"})
        refused = [key for key in await one.samples() if key[0] == "olympus_refused_requests_total"]
        assert len(refused) == 1


async def test_a_dead_subgraph_is_an_error_of_its_own_and_of_the_answer() -> None:
    async with counted() as one:

        async def dead(_request: Any) -> Any:
            raise SubgraphUnreachableError("reviews", "down")

        one.subgraphs.handlers["reviews"] = dead
        answer = await one.ask({"query": STARS, "variables": {"id": "1"}})
        code = answer.json()["errors"][0]["extensions"]["code"]
        assert await one.value("subgraph_requests_total", subgraph="reviews", status=code) == 1
        assert await one.value("subgraph_errors_total", subgraph="reviews", code=code) == 1
        assert await one.value("graphql_errors_total", code=code) == 1
        assert await one.value("operations_total", operation="Stars", kind="query", outcome="errors") == 1


async def test_clients_cannot_make_up_more_label_values_than_the_limit() -> None:
    async with counted(max_label_values=3) as one:
        for number in range(8):
            query = f"query N{number} {{ product(id: 1) {{ name }} }}"
            await one.ask({"query": query}, **{"apollographql-client-name": f"client {number}"})
        samples = await one.samples()
        names = {dict(labels)["operation"] for name, labels in samples if name == "olympus_operations_total"}
        assert names == {"N0", "N1", "N2", "other"}
        clients = [key for key in samples if key[0] == "olympus_client_operations_total"]
        assert len(clients) == 4


async def test_a_subscription_is_counted_at_its_beginning_and_is_no_latency() -> None:
    async with counted() as one:
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"{one.origin}/graphql",
                json={"query": "subscription S { renamed { name } }"},
                headers={"accept": "text/event-stream"},
            )
        assert "name 2" in answer.text
        assert await one.value("subscriptions_total", protocol="http") == 1
        assert await one.value("operations_total", operation="S", kind="subscription", outcome="ok") == 1
        assert await one.value("http_request_duration_seconds_count", status="200") is None
        assert await one.value("subscription_events_total") == 2


async def test_a_request_whose_client_left_is_counted_as_left() -> None:
    async with counted() as one:
        async with httpx.AsyncClient() as client:
            with suppress(httpx.ReadTimeout):
                await client.post(f"{one.origin}/graphql", json={"query": "{ slow }"}, timeout=0.3)
        async with asyncio.timeout(30):
            while not await one.value("http_requests_total", method="POST", status="left", protocol="http"):
                await asyncio.sleep(0.05)
        cancelled = {"operation": "", "kind": "query", "outcome": "cancelled"}
        assert await one.value("operations_total", **cancelled) == 1


async def test_openmetrics_is_given_to_who_asks_for_it() -> None:
    async with counted() as one, httpx.AsyncClient() as client:
        accept = {"accept": "application/openmetrics-text; version=1.0.0"}
        answer = await client.get(f"{one.origin}/metrics", headers=accept)
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert answer.text.endswith("# EOF\n")


def test_what_is_beyond_the_limit_is_other_and_what_was_known_stays() -> None:
    labels = BoundedLabels(1)
    assert labels.of("a" * 500) == ("a" * 100,)
    assert labels.of("b") == ("other",)
    assert labels.of("a" * 500) == ("a" * 100,)


def test_counters_go_on_over_configurations_and_gauges_are_those_that_live() -> None:
    metrics = Metrics(MetricsOptions(), "1")

    def source(events: int, clients: int, taken: int) -> Any:
        def read() -> Iterable[Reading]:
            yield Reading("subscription_events", events)
            yield Reading("active_subscriptions", clients)
            yield Reading("reloads", taken, ("supergraph", "taken"))

        return read

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"olympus_{name}", labels)

    of = {"of": "supergraph", "result": "taken"}
    metrics.add("old", source(5, 2, 3))
    metrics.add("new", source(0, 1, 1))
    asyncio.run(metrics.scraped(""))
    assert (value("subscription_events_total"), value("active_subscriptions")) == (5, 3)
    assert value("reloads_total", **of) == 3
    metrics.remove("old")
    metrics.add("new", source(4, 1, 4))
    asyncio.run(metrics.scraped(""))
    assert (value("subscription_events_total"), value("active_subscriptions")) == (9, 1)
    assert value("reloads_total", **of) == 4


def test_time_in_which_two_subgraphs_are_waited_for_counts_once() -> None:
    operation = OperationRecord(RequestRecord("http", {}), None, None, {})
    for number, (began_s, ended_s) in enumerate([(1.0, 3.0), (2.0, 4.0), (6.0, 7.0), (6.5, None)]):
        fetch = operation.begin_fetch(number, "s", "query", 1, is_entities=False)
        fetch.started_s, fetch.ended_s = began_s, ended_s
    assert subgraph_seconds(operation.fetches, 8.0) == 5.0


async def test_nothing_is_noted_where_nobody_observes() -> None:
    subgraphs = Subgraphs()
    source = SupergraphSource(lambda: SUPERGRAPH, lambda: ())
    engine = Engine(source, EngineOptions(), subgraphs, FakeStreams({}))
    assert engine.observers is None
    async with serving(create_app(engine, ServerOptions())) as origin, httpx.AsyncClient() as client:
        answer = await client.post(f"{origin}/graphql", json={"query": "{ product(id: 1) { name } }"})
        assert orjson.loads(answer.content)["data"]["product"]["name"] == "Oak table"
        assert (await client.get(f"{origin}/metrics")).status_code == 404
