"""The hub on a real server: handshakes, frames, broadcasts by POST, and ends."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from router.cli.websocket_protocol import WebSocketProtocol
from router.engine.options import EngineOptions
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions, sign_token
from router.realtime.options import RealtimeOptions
from router.server.app import create_app
from router.server.cors import CorsPolicy
from router.server.options import ServerOptions
from tests.engine.sample import Sample
from tests.redis_server import redis_server
from tests.serving import serving

SECRET = "a secret that is long enough, really"
ENGINE = EngineOptions(jwt=JwtOptions((secret_key(SECRET),)))


def token(tenant: str | None = "acme", *roles: str, valid_s: float = 3600) -> str:
    claims: dict[str, Any] = {"sub": "ann", "exp": int(time.time() + valid_s), "roles": list(roles)}
    return sign_token(claims | ({"tenant_id": tenant} if tenant else {}), SECRET)


@asynccontextmanager
async def served(**options: Any) -> AsyncIterator[str]:
    app = create_app(
        Sample(ENGINE).engine,
        ServerOptions(
            realtime=RealtimeOptions(**options),
            cors=(CorsPolicy(origins=frozenset({"https://shop.example"})),),
        ),
    )
    async with serving(app, ws=WebSocketProtocol) as origin:
        yield origin


class Client:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        await self.connection.send(orjson.dumps(message).decode())

    async def heard(self) -> tuple[str, str | None, Any]:
        async with asyncio.timeout(10):
            message = orjson.loads(await self.connection.recv())
        assert set(message) == {"type", "room", "data", "timestamp"}
        return message["type"], message["room"], message["data"]

    async def join(self, room: str) -> None:
        await self.say(type="join_room", room=room)
        assert await self.heard() == ("room_joined", room, None)

    async def closed(self) -> int:
        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(10):
                while True:
                    await self.connection.recv()
        return self.connection.close_code or 0


@asynccontextmanager
async def member(origin: str, bearer: str, **options: Any) -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {bearer}"}
    url = origin.replace("http", "ws") + "/realtime"
    async with connect(url, additional_headers=headers, proxy=None, max_size=None, **options) as connection:
        yield Client(connection)


async def post(origin: str, bearer: str | None, content: Any, **headers: str) -> httpx.Response:
    if bearer is not None:
        headers["authorization"] = f"Bearer {bearer}"
    async with httpx.AsyncClient(trust_env=False) as client:
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        sent = {"content-type": "application/json", **headers}
        return await client.post(f"{origin}/realtime", content=body, headers=sent)


async def test_what_a_service_posts_is_heard_in_the_room_and_nowhere_else() -> None:
    async with served() as origin, AsyncExitStack() as stack:
        ann = await stack.enter_async_context(member(origin, token()))
        ben = await stack.enter_async_context(member(origin, token()))
        eve = await stack.enter_async_context(member(origin, token("globex")))
        for client in (ann, eve):
            await client.join("orders")
        answer = await post(
            origin, token("acme", "service"), {"type": "paid", "room": "orders", "data": {"id": 7}}
        )
        assert answer.status_code == 202
        assert answer.json() | {"timestamp": ""} == {"type": "paid", "room": "orders", "timestamp": ""}
        await post(origin, token(None, "service"), {"type": "news", "tenant": "acme"})
        await post(origin, token(None, "service"), {"type": "other", "tenant": "globex"})
        assert [await ann.heard(), await ann.heard()] == [("paid", "orders", {"id": 7}), ("news", None, None)]
        assert await ben.heard() == ("news", None, None)
        assert await eve.heard() == ("other", None, None)


@pytest.mark.parametrize(
    ("bearer", "content", "status", "code"),
    [
        (None, {"type": "news"}, 401, "UNAUTHENTICATED"),
        ("no token", {"type": "news"}, 401, "TOKEN_MALFORMED"),
        (token("acme"), {"type": "news"}, 403, "REALTIME_FORBIDDEN"),
        (token("acme", "service"), {"type": "news", "tenant": "globex"}, 403, "REALTIME_FORBIDDEN"),
        (token(None, "service"), {"type": "news"}, 403, "REALTIME_FORBIDDEN"),
        (token("acme", "service"), b"news", 400, "REALTIME_BAD_MESSAGE"),
        (token("acme", "service"), {"type": "gap"}, 400, "REALTIME_BAD_MESSAGE"),
        (token("acme", "service"), {"type": "news", "data": "x" * 70_000}, 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_a_broadcast_that_may_not_be_said_is_refused(
    bearer: str | None, content: Any, status: int, code: str
) -> None:
    async with served() as origin:
        answer = await post(origin, bearer, content)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
        assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_a_page_cannot_post_a_broadcast_as_a_simple_request() -> None:
    async with served() as origin:
        said = {"type": "news"}
        answer = await post(origin, token("acme", "service"), said, **{"content-type": "text/plain"})
        assert answer.status_code == 415
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{origin}/realtime")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer nonsense"}, 401),
        ({"authorization": f"Bearer {token(valid_s=-60)}"}, 401),
        ({"authorization": f"Bearer {token(None)}"}, 403),
        ({"authorization": f"Bearer {token()}", "origin": "https://evil.example"}, 403),
    ],
)
async def test_a_handshake_without_right_is_refused(headers: dict[str, str], status: int) -> None:
    async with served() as origin:
        with pytest.raises(InvalidStatus) as refused:
            await connect(
                origin.replace("http", "ws") + "/realtime", additional_headers=headers, proxy=None
            ).__aenter__()
        assert refused.value.response.status_code == status


async def test_a_page_brings_its_token_as_a_sub_protocol() -> None:
    async with served() as origin:
        url = origin.replace("http", "ws") + "/realtime"
        offered = [Subprotocol("olympus.realtime"), Subprotocol(f"bearer.{token()}")]
        async with connect(
            url, subprotocols=offered, origin="https://shop.example", proxy=None
        ) as connection:
            assert connection.subprotocol == "olympus.realtime"
            await Client(connection).join("orders")


async def test_a_frame_above_the_limit_ends_the_connection() -> None:
    async with served() as origin, member(origin, token()) as ann:
        await ann.say(type="join_room", room="x" * 600)
        assert await ann.closed() == 1009


async def test_a_frame_that_is_no_message_is_answered_and_the_connection_goes_on() -> None:
    async with served() as origin, member(origin, token()) as ann:
        await ann.connection.send("what?")
        assert (await ann.heard())[0] == "error"
        await ann.join("orders")


async def test_an_expired_token_ends_the_connection() -> None:
    async with served() as origin, member(origin, token(valid_s=1)) as ann:
        assert await ann.closed() == 4401


async def test_a_peer_that_answers_no_ping_is_closed() -> None:
    async with served(ping_interval_s=0.05, read_deadline_s=0.1) as origin, member(origin, token()) as lively:
        reader, writer = await handshaken(origin)
        end = b""
        async with asyncio.timeout(20):
            while chunk := await reader.read(1000):  # never answering what is in there
                end += chunk
        assert end.count(b"\x89\x04") == 1, "one ping"
        assert b"\x03\xf3" in end, "1011"
        writer.close()
        await lively.join("orders")


async def handshaken(
    origin: str, buffer: int | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A member on a bare socket, which answers nothing by itself."""
    address = urlsplit(origin)
    plain = socket.socket()
    if buffer is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (address.hostname, address.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
    writer.write(
        (
            f"GET /realtime HTTP/1.1\r\nhost: {address.netloc}\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"authorization: Bearer {token()}\r\n\r\n"
        ).encode()
    )
    assert b" 101 " in await reader.readuntil(b"\r\n")
    return reader, writer


async def test_who_does_not_read_is_cut_off_and_the_others_hear_everything() -> None:
    async with (
        served(max_pending_frames=4, max_broadcast_bytes=2_000_000) as origin,
        member(origin, token()) as quick,
    ):
        _, writer = await handshaken(origin, buffer=4096)  # reads nothing from here on
        data = "x" * 900_000
        for number in range(16):
            answer = await post(origin, token("acme", "service"), {"type": "news", "data": [number, data]})
            assert answer.status_code == 202
            type_, _, heard = await quick.heard()
            assert (type_, heard[0]) == ("news", number)
        async with asyncio.timeout(20):
            with pytest.raises(OSError):
                while True:  # the connection was reset
                    writer.write(b"\x8a\x80\x00\x00\x00\x00")
                    await writer.drain()
                    await asyncio.sleep(0.02)
        writer.close()


async def test_two_routers_on_one_redis_share_rooms_and_survive_its_restart(tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        if redis is None:
            pytest.skip("no redis-server on this machine")
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(served(redis_url=redis.url))
            there = await stack.enter_async_context(served(redis_url=redis.url))
            ann = await stack.enter_async_context(member(here, token()))
            await ann.join("orders")
            service = token("acme", "service")
            assert (await post(there, service, {"type": "paid", "room": "orders"})).status_code == 202
            assert await ann.heard() == ("paid", "orders", None)
            redis.stop()
            answer = await post(there, service, {"type": "lost", "room": "orders"})
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
                503,
                "REALTIME_UNAVAILABLE",
            )
            redis.start()
            assert await ann.heard() == ("gap", None, None)
            assert (await post(there, service, {"type": "back", "room": "orders"})).status_code == 202
            assert await ann.heard() == ("back", "orders", None)
