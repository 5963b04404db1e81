"""A bug of the router at any stage: an answer with a bare code, a line in the log, and no word of it outside."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
import structlog
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from router.engine.options import EngineOptions
from router.server.app import create_app
from router.server.options import ServerOptions
from router.telemetry.logs import configure_logs
from tests.engine.sample import Sample
from tests.serving import serving

QUERY = {"query": '{ product(id: "1") { name stars } }'}
SECRET = "password=hunter2"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {"x-request-id": "order-77", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logs("info", "json", stream)
    yield stream
    structlog.reset_defaults()


class Faulty:
    """Stands for a part of the engine: everything it is asked raises, but what is listed."""

    def __init__(self, part: Any, *broken: str) -> None:
        self._part = part
        self._broken = broken

    def __getattr__(self, name: str) -> Any:
        if name in self._broken:
            raise RuntimeError(SECRET)
        return getattr(self._part, name)


def break_admission(one: Sample) -> None:
    one.engine.pipeline._admission = Faulty(one.engine.pipeline._admission, "admit")


def break_snapshot(one: Sample) -> None:
    one.engine.pipeline._current = Faulty(one.engine.pipeline._current, "snapshot")


def break_fetches_of(subgraph: str) -> Callable[[Sample], None]:
    def fault(_request: object) -> Any:
        raise RuntimeError(SECRET)

    def apply(one: Sample) -> None:
        one.subgraphs.handlers[subgraph] = fault

    return apply


STAGES = {
    "admission": break_admission,
    "snapshot": break_snapshot,
    "the first fetch": break_fetches_of("products"),
    "the second fetch": break_fetches_of("reviews"),
}


@asynccontextmanager
async def broken(stage: str) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    one = Sample(EngineOptions(shares_in_flight=False))
    app = create_app(one.engine, ServerOptions(max_batch_requests=5))
    async with (
        serving(app) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as client,
    ):
        STAGES[stage](one)
        yield client, origin


def told(log: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.parametrize("stage", STAGES)
async def test_a_request_gets_a_bare_code_and_the_log_has_the_rest(stage: str, log: io.StringIO) -> None:
    async with broken(stage) as (client, _):
        response = await client.post("/graphql", json=QUERY, headers=HEADERS)
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {
                "message": "Internal server error",
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "order-77"},
            }
        ]
    }
    assert response.headers["x-request-id"] == "order-77"
    [line] = told(log)
    assert (line["event"], line["error"]) == ("request failed", "RuntimeError")
    assert (line["request_id"], line["trace_id"]) == ("order-77", TRACE)
    assert line["at"]
    assert SECRET not in log.getvalue()


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "admission"])
async def test_a_batch_gets_it_too(stage: str, log: io.StringIO) -> None:
    async with broken(stage) as (client, _):
        response = await client.post("/graphql", json=[QUERY, QUERY])
    text = response.text
    assert text.count("INTERNAL_SERVER_ERROR") >= 1
    assert SECRET not in text and "Traceback" not in text
    assert {line["event"] for line in told(log)} == {"request failed"}


@pytest.mark.parametrize("stage", STAGES)
async def test_a_websocket_gets_it_too(stage: str, log: io.StringIO) -> None:
    async with broken(stage) as (_, origin):
        url = origin.replace("http", "ws") + "/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            await socket.send('{"type": "connection_init"}')
            if stage == "admission":
                await socket.wait_closed()
                assert (socket.close_code, socket.close_reason) == (4500, "Internal server error")
            else:
                await socket.recv()
                await socket.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": QUERY}).decode())
                message = orjson.loads(await socket.recv())
                assert message["type"] == "error"
                assert message["payload"][0]["message"] == "Internal server error"
                assert message["payload"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert {line["error"] for line in told(log)} == {"RuntimeError"}
    assert SECRET not in log.getvalue()


@pytest.mark.parametrize(
    "given", ["", "a b", "x" * 129, "a\tb", "näme", "<script>", "a,b"], ids=lambda given: given[:9]
)
async def test_an_id_that_is_not_sane_is_replaced(given: str) -> None:
    one = Sample()
    async with (
        serving(create_app(one.engine, ServerOptions())) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as client,
    ):
        headers = {"x-request-id": given.encode()}
        answers = [await client.post("/graphql", json=QUERY, headers=headers) for _ in range(2)]
        ids = [answer.headers["x-request-id"] for answer in answers]
        assert len(set(ids)) == 2
        assert all(id_.isascii() and 8 < len(id_) < 40 for id_ in ids)
        refused = await client.post("/graphql", content=b"{", headers={"content-type": "application/json"})
        assert refused.json()["errors"][0]["extensions"]["requestId"] == refused.headers["x-request-id"]
