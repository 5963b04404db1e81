"""graphql-transport-ws on a real server: sessions, refusals, and what is left when a client goes."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from router.engine.header_rules import HeaderOptions, InsertFromClaim, PropagateNamed
from router.engine.options import EngineOptions
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions, sign_token
from router.server.app import create_app
from router.server.cors import CorsPolicy
from router.server.init_payload import headers_of, with_payload
from router.server.options import ServerOptions
from router.transport.base import SubscriptionRequest
from tests.engine.sample import Sample, forever
from tests.serving import serving

SECRET = "a secret that is long enough, really"
PROTOCOL = Subprotocol("graphql-transport-ws")


class Client:
    """A client that says what it wants and reads what comes."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, type_: str, **message: Any) -> None:
        await self.socket.send(orjson.dumps({"type": type_, **message}).decode())

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            message: dict[str, Any] = orjson.loads(await self.socket.recv())
        return message

    async def init(self, **payload: Any) -> None:
        await self.send("connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, id_: str, query: str) -> None:
        await self.send("subscribe", id=id_, payload={"query": query})

    async def closed(self) -> tuple[int, str]:
        with pytest.raises(ConnectionClosed):
            while True:
                await self.receive()
        return self.socket.close_code or 0, self.socket.close_reason or ""


@asynccontextmanager
async def served(
    options: ServerOptions | None = None, engine: EngineOptions | None = None
) -> AsyncIterator[tuple[str, Sample]]:
    one = Sample(engine)
    async with serving(create_app(one.engine, options or ServerOptions())) as origin:
        yield origin.replace("http", "ws") + "/graphql", one


@asynccontextmanager
async def connected(url: str, **options: Any) -> AsyncIterator[Client]:
    async with connect(url, subprotocols=[PROTOCOL], proxy=None, **options) as socket:
        yield Client(socket)


async def test_a_subscription_gives_its_events_completed_then_ends() -> None:
    async with served() as (url, _), connected(url) as client:
        await client.init()
        await client.subscribe("1", "subscription { renamed { name stars } }")
        received = [await client.receive() for _ in range(3)]
        assert received == [
            {"id": "1", "type": "next", "payload": {"data": {"renamed": {"name": "name 1", "stars": 5}}}},
            {"id": "1", "type": "next", "payload": {"data": {"renamed": {"name": "name 2", "stars": 5}}}},
            {"id": "1", "type": "complete"},
        ]


async def test_queries_and_mutations_run_side_by_side_with_subscriptions() -> None:
    async with served() as (url, one), connected(url) as client:
        one.streams.sources["products"] = forever
        await client.init()
        await client.subscribe("s", "subscription { renamed { name } }")
        assert (await client.receive())["id"] == "s"
        await client.subscribe("q", '{ product(id: "1") { name } }')
        assert [(await client.receive())["type"] for _ in range(2)] == ["next", "complete"]
        await client.subscribe("m", 'mutation { rename(id: "1", name: "new") { name } }')
        assert (await client.receive())["payload"] == {"data": {"rename": {"name": "new"}}}


async def test_a_request_that_cannot_run_gets_one_error_and_no_complete() -> None:
    async with served() as (url, _), connected(url) as client:
        await client.init()
        await client.subscribe("1", "{ nope }")
        error = await client.receive()
        assert (error["id"], error["type"]) == ("1", "error")
        assert error["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        await client.subscribe("1", '{ product(id: "1") { name } }')
        assert (await client.receive())["type"] == "next"


async def test_a_broken_stream_is_an_error_and_the_socket_stays() -> None:
    async with served() as (url, one), connected(url) as client:
        del one.streams.sources["products"]
        await client.init()
        await client.subscribe("1", "subscription { renamed { name } }")
        error = await client.receive()
        assert error["type"] == "error"
        extensions = error["payload"][0]["extensions"]
        assert extensions["code"] == "SUBGRAPH_CONNECTION_REFUSED"
        assert extensions["service"] == "products"
        await client.send("ping", payload={"a": 1})
        assert await client.receive() == {"type": "pong", "payload": {"a": 1}}


async def test_a_bug_in_one_operation_ends_that_one_only() -> None:
    async def broken(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
        yield {"data": {"renamed": None}}
        raise ZeroDivisionError

    async with served() as (url, one), connected(url) as client:
        one.streams.sources["products"] = broken
        await client.init()
        await client.subscribe("1", "subscription { renamed { name } }")
        assert (await client.receive())["type"] == "next"
        error = await client.receive()
        assert (error["type"], error["payload"][0]["extensions"]["code"]) == (
            "error",
            "INTERNAL_SERVER_ERROR",
        )
        await client.subscribe("2", '{ product(id: "1") { name } }')
        assert (await client.receive())["type"] == "next"


async def test_complete_stops_the_subgraphs_stream_and_frees_the_id() -> None:
    async with served() as (url, one), connected(url) as client:
        one.streams.sources["products"] = forever
        await client.init()
        for count in (1, 2):
            await client.subscribe("1", "subscription { renamed { name } }")
            assert (await client.receive())["type"] == "next"
            await client.send("complete", id="1")
            async with asyncio.timeout(5):
                while one.streams.closed_early < count:
                    await asyncio.sleep(0.01)


async def test_a_client_that_goes_leaves_nothing_running() -> None:
    async with served() as (url, one):
        one.streams.sources["products"] = forever
        async with connected(url) as client:
            await client.init()
            await client.subscribe("1", "subscription { renamed { name } }")
            await client.receive()
            await client.subscribe("2", "{ slow }")
            while not one.subgraphs.requests:
                await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            while not (one.streams.closed_early and one.subgraphs.cancelled):
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["nonsense"], 4400),
        (['{"type":"nope"}'], 4400),
        (['{"type":"subscribe","id":"1","payload":{"query":"{slow}"}}'], 4401),
        (['{"type":"connection_init"}', '{"type":"connection_init"}'], 4429),
        (
            [
                '{"type":"connection_init"}',
                *['{"type":"subscribe","id":"1","payload":{"query":"{slow}"}}'] * 2,
            ],
            4409,
        ),
    ],
)
async def test_what_breaks_the_protocol_closes_with_its_code(frames: list[str], code: int) -> None:
    async with served() as (url, one), connected(url) as client:
        for frame in frames:
            await client.socket.send(frame)
        assert (await client.closed())[0] == code
        await asyncio.sleep(0.05)
        assert one.subgraphs.cancelled == len(one.subgraphs.requests)


async def test_a_client_that_says_nothing_is_closed_with_4408() -> None:
    async with served(ServerOptions(init_timeout_s=0.1)) as (url, _):
        async with connected(url) as client:
            assert await client.closed() == (4408, "Connection initialisation timeout")
        async with connected(url) as client:
            await client.init()
            await asyncio.sleep(0.2)
            await client.subscribe("1", '{ product(id: "1") { name } }')
            assert (await client.receive())["type"] == "next"


async def test_without_the_sub_protocol_the_socket_closes_with_4406() -> None:
    async with served() as (url, _), connect(url, proxy=None) as socket:
        assert (await Client(socket).closed())[0] == 4406


async def test_pages_of_other_origins_are_refused_unless_a_policy_has_them() -> None:
    options = ServerOptions(cors=(CorsPolicy(frozenset({"https://app.example"})),))
    async with served(options) as (url, _):
        with pytest.raises(InvalidStatus):
            async with connected(url, origin="https://evil.example"):
                pass
        for origin in ("https://app.example", url.replace("ws://", "http://").removesuffix("/graphql")):
            async with connected(url, origin=origin) as client:
                await client.init()


async def test_the_init_payload_counts_as_headers() -> None:
    rules = InsertFromClaim(b"x-tenant", "tenant"), PropagateNamed(b"x-trace")
    options = EngineOptions(
        headers=HeaderOptions(rules), jwt=JwtOptions((secret_key(SECRET),), is_required=True)
    )
    token = sign_token({"tenant": "acme", "exp": 4_000_000_000}, SECRET)
    async with served(engine=options) as (url, one):
        async with connected(url) as client:
            await client.init(Authorization=f"Bearer {token}", headers={"X-Trace": "7"})
            await client.subscribe("1", "subscription { renamed { name } }")
            await client.receive()
        assert one.streams.requests[0].headers == ((b"x-tenant", b"acme"), (b"x-trace", b"7"))
        for payload in ({}, {"authorization": "Bearer nonsense"}):
            async with connected(url) as client:
                await client.send("connection_init", payload=payload)
                assert (await client.closed())[0] == 4403


async def test_a_socket_ends_with_the_token_that_opened_it() -> None:
    jwt = JwtOptions((secret_key(SECRET),), leeway_s=0)
    token = sign_token({"exp": time.time() + 2}, SECRET)
    async with served(engine=EngineOptions(jwt=jwt)) as (url, one), connected(url) as client:
        one.streams.sources["products"] = forever
        await client.init(authorization=f"Bearer {token}")
        await client.subscribe("1", "subscription { renamed { name } }")
        assert (await client.receive())["type"] == "next"
        assert await client.closed() == (
            4403,
            "SUBSCRIPTION_JWT_EXPIRED: connect again with a fresh token",
        )


async def test_nothing_runs_before_the_token_is_known_to_be_good() -> None:
    options = EngineOptions(jwt=JwtOptions((secret_key(SECRET),), is_required=True))
    async with served(engine=options) as (url, one):
        for init in ({}, {"payload": {"authorization": "Bearer nonsense"}}):
            async with connected(url) as client:
                await client.send("connection_init", **init)
                await client.subscribe("1", '{ product(id: "1") { name } }')
                assert (await client.closed())[0] == 4403
        async with connected(url) as client:
            await client.subscribe("1", '{ product(id: "1") { name } }')
            assert (await client.closed())[0] == 4401
        assert one.subgraphs.requests == []


def test_the_payload_cannot_speak_for_proxies_or_replace_what_the_handshake_had() -> None:
    payload = {"X-Forwarded-For": "1.2.3.4", "cookie": "a=b", "x_user": "root", "x-user": "root", "x-b": "2"}
    assert with_payload({b"x-user": b"anna", b"authorization": b"a"}, {**payload, "Authorization": "b"}) == {
        b"x-user": b"anna",
        b"x-b": b"2",
        b"authorization": b"b",
    }


def test_only_texts_that_can_be_header_values_are_taken_from_the_payload() -> None:
    payload = {"A": "1", "b": 2, "c": "x\r\ny", "é": "1", "headers": {"d": "4", "A": "0"}, "e": {"f": "1"}}
    assert headers_of(payload) == {b"a": b"1", b"d": b"4"}
    assert headers_of({"headers": "x"}) == {b"headers": b"x"}


async def test_one_socket_may_not_have_operations_without_end() -> None:
    async with served(ServerOptions(max_operations=2)) as (url, one), connected(url) as client:
        one.streams.sources["products"] = forever
        await client.init()
        for id_ in "abc":
            await client.subscribe(id_, "{ slow }")
        error = await client.receive()
        assert (error["id"], error["payload"][0]["extensions"]["code"]) == ("c", "TOO_MANY_OPERATIONS")


async def test_a_client_that_does_not_read_holds_up_nobody_else() -> None:
    sent = 0
    # Not compressible: the sockets' buffers must fill.
    name = base64.b64encode(random.Random(1).randbytes(200_000)).decode()

    async def flood(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
        nonlocal sent
        while True:
            sent += 1
            yield {"data": {"renamed": {"__typename": "Product", "id": "1", "name": name}}}
            await asyncio.sleep(0)

    async with served() as (url, one):
        one.streams.sources["products"] = flood
        async with connected(url, max_queue=1) as slow, connected(url) as quick:
            await slow.init()
            await slow.subscribe("1", "subscription { renamed { name } }")
            seen = -1
            async with asyncio.timeout(10):
                while sent != seen:
                    seen = sent
                    await asyncio.sleep(0.3)
            await quick.init()
            await quick.subscribe("1", '{ product(id: "1") { name } }')
            assert (await quick.receive())["type"] == "next"
            # The slow one is told that it missed something once it reads.
            while (message := await slow.receive())["type"] in ("next", "ping"):
                pass
            assert (message["type"], message["id"]) == ("error", "1")
            assert message["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_OVERFLOW"


async def test_a_server_that_stops_tells_clients_to_come_back() -> None:
    async with AsyncExitStack() as stack:
        async with served() as (url, one):
            one.streams.sources["products"] = forever
            client = await stack.enter_async_context(connected(url))
            await client.init()
            await client.subscribe("1", "subscription { renamed { name } }")
            await client.receive()
            closed = asyncio.create_task(client.closed())
        assert (await closed)[0] in (1001, 1012)
        assert one.streams.closed_early == 1


LEGACY = Subprotocol("graphql-ws")
JWT = EngineOptions(
    jwt=JwtOptions((secret_key(SECRET),)),
    headers=HeaderOptions((PropagateNamed(b"authorization"),)),
)


def bearer(subject: str = "ann", valid_s: float = 3600) -> str:
    return f"Bearer {sign_token({'sub': subject, 'exp': time.time() + valid_s}, SECRET)}"


async def test_a_legacy_client_is_served_and_kept_alive() -> None:
    async with (
        served(ServerOptions(keep_alive_s=0.02)) as (url, one),
        connect(url, subprotocols=[LEGACY], proxy=None) as socket,
    ):
        client = Client(socket)
        await client.send("connection_init")
        await client.send("start", id="1", payload={"query": "subscription { renamed { name stars } }"})
        assert await client.receive() == {"type": "connection_ack"}
        received = []
        while not received or received[-1]["type"] != "complete":
            message = await client.receive()
            if message["type"] != "ka":
                received.append(message)
        assert [message["type"] for message in received] == ["data", "data", "complete"]
        assert received[0]["payload"] == {"data": {"renamed": {"name": "name 1", "stars": 5}}}
        while (await client.receive())["type"] != "ka":
            pass
        one.streams.sources["products"] = forever
        await client.send("start", id="2", payload={"query": "subscription { renamed { name } }"})
        while (await client.receive())["type"] != "data":
            pass
        await client.send("stop", id="2")
        async with asyncio.timeout(5):
            while one.streams.closed_early != 1:
                await asyncio.sleep(0.01)
        await client.send("connection_terminate")
        assert (await client.closed())[0] == 1000


async def test_a_legacy_client_without_right_is_told_and_closed() -> None:
    engine = EngineOptions(jwt=JwtOptions((secret_key(SECRET),), is_required=True))
    async with served(engine=engine) as (url, _), connect(url, subprotocols=[LEGACY], proxy=None) as socket:
        client = Client(socket)
        await client.send("connection_init")
        assert (await client.receive())["type"] == "connection_error"
        assert (await client.closed())[0] == 4403


async def test_a_silent_socket_is_pinged() -> None:
    async with served(ServerOptions(keep_alive_s=0.02)) as (url, _), connected(url) as client:
        await client.init()
        assert await client.receive() == {"type": "ping"}
        await client.send("pong")
        assert await client.receive() == {"type": "ping"}


async def test_a_fresh_token_in_a_ping_keeps_the_socket_and_reaches_the_subgraphs() -> None:
    moved = asyncio.Event()

    async def twice(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
        yield {"data": {"renamed": {"__typename": "Product", "id": "1", "name": "first"}}}
        await moved.wait()
        yield {"data": {"renamed": {"__typename": "Product", "id": "1", "name": "second"}}}

    async with served(engine=JWT) as (url, one), connected(url) as client:
        one.streams.sources["products"] = twice
        old, fresh = bearer(valid_s=600), bearer(valid_s=1200)
        await client.init(authorization=old)
        await client.subscribe("1", "subscription { renamed { name stars } }")
        assert (await client.receive())["type"] == "next"
        await client.send("ping", payload={"authorization": fresh})
        assert (await client.receive())["type"] == "pong"
        moved.set()
        assert (await client.receive())["payload"]["data"]["renamed"]["name"] == "second"
        sent = [dict(request.headers)[b"authorization"].decode() for request in one.subgraphs.requests]
        assert sent == [old, fresh]


@pytest.mark.parametrize("renewal", ["Bearer nonsense", bearer("eve")])
async def test_a_bad_or_foreign_token_in_a_ping_closes_the_socket(renewal: str) -> None:
    async with served(engine=JWT) as (url, _), connected(url) as client:
        await client.init(authorization=bearer())
        await client.send("ping", payload={"authorization": renewal})
        assert (await client.closed())[0] == 4403


async def test_a_client_has_so_many_sockets_and_may_open_another_when_one_is_closed() -> None:
    options = ServerOptions(max_sockets_per_client=1)
    async with served(options, JWT) as (url, _):
        async with connected(url) as first, connected(url) as other, connected(url) as second:
            await first.init(authorization=bearer())
            await other.init(authorization=bearer("ben"))
            await second.send("connection_init", payload={"authorization": bearer()})
            assert (await second.closed())[0] == 4403
        async with connected(url) as again:
            await again.init(authorization=bearer())
