"""One line per request: what it says, and what it never says."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.errors import SubgraphUnreachableError
from router.server.app import create_app
from router.server.options import ServerOptions
from router.telemetry.access_log import (
    AccessLog,
    AccessLogOptions,
    AddressShown,
    SlowOperations,
    anonymized,
)
from router.telemetry.logs import configure_logs, get_log
from router.telemetry.observers import Observers, RequestObserver
from router.telemetry.record import RequestRecord, enter_record
from router.telemetry.request_context import begin_request
from router.telemetry.trace_context import TraceContext, write_w3c
from router.transport.fake import FakeStreams
from tests.engine.sample import SUPERGRAPH, Subgraphs, renames
from tests.serving import serving

STARS = (
    'query Stars($id: ID!) { product(id: $id) { name stars } again: product(id: "secret literal") { name } }'
)


class Logged:
    """A served sample, and what it wrote."""

    def __init__(self, origin: str, stream: io.StringIO, subgraphs: Subgraphs) -> None:
        self.origin = origin
        self.stream = stream
        self.subgraphs = subgraphs

    def lines(self, event: str = "request") -> list[dict[str, Any]]:
        lines = [orjson.loads(line) for line in self.stream.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]

    async def ask(self, body: Any, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.post(f"{self.origin}/graphql", json=body, headers=headers)


@asynccontextmanager
async def logged(*observers: RequestObserver) -> AsyncIterator[Logged]:
    stream = io.StringIO()
    configure_logs("info", "json", stream)
    subgraphs = Subgraphs()
    engine = Engine(
        SupergraphSource(lambda: SUPERGRAPH, lambda: ()),
        EngineOptions(names_operations=True),
        subgraphs,
        FakeStreams({"products": renames}),
        Observers(observers or [AccessLog(AccessLogOptions())], (b"client-name",), (b"client-version",)),
    )
    try:
        async with serving(create_app(engine, ServerOptions(max_batch_requests=3))) as origin:
            yield Logged(origin, stream, subgraphs)
    finally:
        configure_logs()


async def test_a_line_says_who_asked_what_how_it_went_and_where_the_time_went() -> None:
    async with logged() as one:
        body = {"query": STARS, "variables": {"id": "secret variable"}}
        headers = {"client-name": "web", "authorization": "Bearer secret", "x-request-id": "abc"}
        answer = await one.ask(body, **headers)
        await one.ask(body, **headers)
        first, second = one.lines()
    assert first["request_id"] == answer.headers["x-request-id"] == "abc"
    assert (first["room"], first["level"], first["protocol"]) == ("access", "info", "http")
    assert (first["method"], first["path"], first["status"]) == ("POST", "/graphql", 200)
    assert (first["client_name"], first["ip"]) == ("web", "127.0.0.0")
    assert (first["operation"], first["operation_kind"], first["outcome"]) == ("Stars", "query", "ok")
    assert len(first["operation_hash"]) == 64
    assert (first["plan_cache"], second["plan_cache"]) == ("miss", "hit")
    assert first["parse_ms"] > 0
    assert "parse_ms" not in second
    assert first["duration_ms"] >= first["execute_ms"] >= first["subgraphs_ms"] > 0
    assert first["duration_ms"] >= first["router_ms"] > 0
    assert first["request_bytes"] == len(answer.request.content)
    assert first["response_bytes"] > 0
    assert [fetch["subgraph"] for fetch in first["subgraphs"]] == ["products", "reviews"]
    assert all(fetch["status"] == 200 and fetch["response_bytes"] > 0 for fetch in first["subgraphs"])
    assert "secret" not in one.stream.getvalue()


async def test_only_headers_and_variables_on_the_list_are_written() -> None:
    options = AccessLogOptions(headers=(b"user-agent", b"x-none"), variables=frozenset({"id"}))
    async with logged(AccessLog(options)) as one:
        body = {"query": STARS, "variables": {"id": "7", "token": "secret"}}
        await one.ask(body, **{"user-agent": "tests", "cookie": "secret"})
        [line] = one.lines()
    assert line["headers"] == {"user-agent": "tests"}
    assert line["variables"] == {"id": "7"}
    assert "secret" not in one.stream.getvalue()


async def test_errors_are_written_by_code_whether_the_operation_ran_or_not() -> None:
    async with logged() as one:

        async def dead(_request: Any) -> Any:
            raise SubgraphUnreachableError("reviews", "down")

        one.subgraphs.handlers["reviews"] = dead
        await one.ask({"query": STARS, "variables": {"id": "1"}})
        await one.ask({"query": "{ nope }"})
        await one.ask([])
        partial, invalid, empty = one.lines()
    assert (partial["outcome"], partial["errors"]) == ("errors", [SubgraphUnreachableError.code])
    assert partial["subgraphs"][1]["error"] == SubgraphUnreachableError.code
    assert (invalid["outcome"], invalid["errors"]) == ("refused", ["GRAPHQL_VALIDATION_FAILED"])
    assert "operation" not in empty
    assert len(empty["errors"]) == 1


async def test_a_batch_is_one_line_with_its_operations() -> None:
    async with logged() as one:
        await one.ask([{"query": STARS, "variables": {"id": "1"}}, {"query": "query Other { __typename }"}])
        [line] = one.lines()
    assert sorted(operation["operation"] for operation in line["operations"]) == ["Other", "Stars"]


async def test_an_operation_on_a_websocket_is_a_line_of_its_own() -> None:
    async with logged() as one:
        url = one.origin.replace("http", "ws") + "/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send('{"type":"connection_init"}')
            await socket.recv()
            query = "subscription Renames { renamed { name } }"
            await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
            while orjson.loads(await socket.recv())["type"] != "complete":
                pass
            query = "query Plain { product(id: 1) { name } }"
            await socket.send(orjson.dumps({"id": "2", "type": "subscribe", "payload": {"query": query}}))
            while orjson.loads(await socket.recv())["type"] != "complete":
                pass
            await socket.send(
                orjson.dumps({"id": "3", "type": "subscribe", "payload": {"query": "{ nope }"}})
            )
            assert orjson.loads(await socket.recv())["type"] == "error"
        stream, plain, refused = one.lines()
    assert (stream["operation"], stream["operation_kind"], stream["results"]) == (
        "Renames",
        "subscription",
        2,
    )
    assert (plain["operation"], plain["protocol"], plain["outcome"]) == ("Plain", "websocket", "ok")
    assert plain["response_bytes"] > 0
    assert (refused["outcome"], refused["errors"]) == ("refused", ["GRAPHQL_VALIDATION_FAILED"])


async def test_a_sample_leaves_out_what_went_well_and_nothing_else() -> None:
    async with logged(AccessLog(AccessLogOptions(share=0.5), chance=iter([0.4, 0.6]).__next__)) as one:
        for _ in range(2):
            await one.ask({"query": "query Good { __typename }"})
        await one.ask({"query": "query Bad { nope }"})
        assert [line["outcome"] for line in one.lines()] == ["ok", "refused"]


async def test_a_slow_operation_is_told_with_its_plan_and_no_value_and_not_again_at_once() -> None:
    async with logged(SlowOperations(0.0, has_plan=True)) as one:
        for _ in range(3):
            await one.ask({"query": STARS, "variables": {"id": "secret variable"}})
        [line] = one.lines("slow operation")
    assert line["level"] == "warning"
    assert line["operation"] == "Stars"
    assert [fetch["subgraph"] for fetch in line["plan"]] == ["products", "reviews"]
    assert line["plan"][1]["after"] == [0]
    assert "product(id: $id)" in line["plan"][0]["operation"]
    assert "secret" not in one.stream.getvalue()


async def test_an_observer_that_fails_harms_no_request_and_no_other_observer() -> None:
    class Broken(RequestObserver):
        def ended(self, record: RequestRecord) -> None:
            raise ZeroDivisionError

    async with logged(Broken(), AccessLog(AccessLogOptions())) as one:
        for _ in range(2):
            assert (await one.ask({"query": "{ __typename }"})).status_code == 200
        assert len(one.lines()) == 2
        failure = "telemetry failed; requests are answered all the same"
        assert [line["error"] for line in one.lines(failure)] == ["ZeroDivisionError"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_an_address_is_told_by_its_network(address: str, network: str) -> None:
    assert anonymized(address) == network


def test_an_address_may_be_told_whole_or_not_at_all() -> None:
    for shown, told in ((AddressShown.FULL, "203.0.113.77"), (AddressShown.NONE, None)):
        stream = io.StringIO()
        configure_logs("info", "json", stream)
        AccessLog(AccessLogOptions(address=shown)).ended(RequestRecord("http", {}, "203.0.113.77"))
        assert orjson.loads(stream.getvalue()).get("ip") == told
    configure_logs()


def test_a_line_is_readable_at_a_terminal_and_left_out_above_its_level() -> None:
    stream = io.StringIO()
    configure_logs("info", "text", stream)
    AccessLog(AccessLogOptions()).ended(RequestRecord("http", {}))
    assert "request " in stream.getvalue()
    assert "duration_ms" in stream.getvalue()
    configure_logs("warning", "json", stream)
    length = len(stream.getvalue())
    AccessLog(AccessLogOptions()).ended(RequestRecord("http", {}))
    assert len(stream.getvalue()) == length
    configure_logs()


async def test_any_line_about_a_request_has_the_id_of_its_trace() -> None:
    stream = io.StringIO()
    configure_logs("info", "json", stream)
    record = RequestRecord("http", {})
    record.trace = TraceContext(0xABC, None, is_sampled=True, write=write_w3c)
    begin_request({})
    enter_record(record)
    try:
        get_log("engine").error("request failed")
    finally:
        enter_record(None)
        configure_logs()
    assert orjson.loads(stream.getvalue())["trace_id"] == f"{0xABC:032x}"
