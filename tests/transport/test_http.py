"""The HTTP/1.1 client against subgraphs that behave, and that do not."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphConnectionRefusedError,
    SubgraphConnectTimeoutError,
    SubgraphError,
    SubgraphInvalidRequestError,
    SubgraphInvalidResponseError,
    SubgraphPoolTimeoutError,
    SubgraphResponseTooLargeError,
    SubgraphTimeoutError,
    SubgraphUnreachableError,
)
from router.protocols.content_coding import BodyDecoder, Compressor
from router.transport.base import SubgraphRequest
from router.transport.by_subgraph import ClientBySubgraph
from router.transport.http import HttpClient
from router.transport.options import Codings, HttpOptions
from tests.transport.raw_server import (
    Peer,
    RawServer,
    answer_all,
    eventually,
    never_answer,
    response,
    saying,
)


def counts(client: HttpClient) -> tuple[int, int, int, int]:
    """Connections open, idle, being made, and exchanges queued, of the only pool."""
    return client.pools[0].counts if client.pools else (0, 0, 0, 0)


async def test_a_response_comes_back_whole_with_lower_case_names() -> None:
    async with RawServer(saying(response(b'{"data":1}', headers=b"X-Tag: Blue\r\n"))) as server:
        client = HttpClient()
        got = await client.send(server.request())
        assert (got.status, got.body) == (200, b'{"data":1}')
        assert got.headers == ((b"content-length", b"10"), (b"x-tag", b"Blue"))
        await client.close()


async def test_the_request_is_one_plain_post_with_the_forwarded_headers() -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def talk(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.say(response())

    async with RawServer(talk) as server:
        client = HttpClient()
        headers = ((b"x-tenant", b"acme"), (b"host", b"evil"), (b"content-length", b"7"))
        await client.send(server.request(b"{}", headers=headers))
        await client.close()
    head, body = seen[0]
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /graphql HTTP/1.1"
    assert lines[1] == b"host: 127.0.0.1:%d" % server.port
    assert b"x-tenant: acme" in lines and b"content-type: application/json" in lines
    assert head.count(b"host:") == 1 and head.count(b"content-length:") == 1
    assert b"accept-encoding" not in head and b"cookie" not in head
    assert body == b"{}"


async def test_requests_in_a_row_use_one_connection() -> None:
    async with RawServer(answer_all) as server:
        client = HttpClient()
        for number in range(20):
            got = await client.send(server.request(b"%d" % number))
            assert got.body == b'{"data":%d}' % number
        assert server.connections == 1
        assert counts(client) == (1, 1, 0, 0)
        await client.close()


async def test_every_concurrent_request_gets_its_own_answer() -> None:
    async with RawServer(answer_all) as server:
        client = HttpClient(HttpOptions(max_connections=8))
        got = await asyncio.gather(*(client.send(server.request(b"%d" % n)) for n in range(500)))
        assert [one.body for one in got] == [b'{"data":%d}' % n for n in range(500)]
        assert server.connections == 8
        assert counts(client) == (8, 8, 0, 0)
        await client.close()


WELL_FORMED = {
    "chunked with a trailer": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-late: 1\r\n\r\n",
        b"abcde",
    ),
    "until close": (b"HTTP/1.1 200 OK\r\n\r\nabcde", b"abcde"),
    "until close, empty": (b"HTTP/1.0 200 OK\r\n\r\n", b""),
    "interim responses first": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + response(b"abcde"),
        b"abcde",
    ),
    "20 kB of response headers": (response(b"abcde", headers=b"x-big: %b\r\n" % (b"v" * 20_000)), b"abcde"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "gzip nobody asked for": (
        response(gzip.compress(b"abcde"), headers=b"content-encoding: gzip\r\n"),
        b"abcde",
    ),
    **{
        f"{coding} nobody asked for": (
            response(
                Compressor().compress(coding.encode(), b"abcde"),
                headers=b"content-encoding: %b\r\n" % coding.encode(),
            ),
            b"abcde",
        )
        for coding in ("br", "zstd", "deflate")
    },
    "a redirect is not followed": (
        response(b"abcde", status="307 Temporary Redirect", headers=b"location: http://127.0.0.1:1/\r\n"),
        b"abcde",
    ),
}


@pytest.mark.parametrize("case", WELL_FORMED)
async def test_a_well_formed_response_is_read(case: str) -> None:
    wire, body = WELL_FORMED[case]
    async with RawServer(saying(wire)) as server:
        client = HttpClient()
        got = await client.send(server.request())
        assert got.body == body
        assert b"x-late" not in dict(got.headers) and b"link" not in dict(got.headers)
        await client.close()


async def test_a_response_may_come_one_byte_at_a_time() -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        for byte in response(b'{"data":{"a":1}}', headers=b"x-a: b\r\n"):
            await peer.say(bytes([byte]))
            await asyncio.sleep(0)

    async with RawServer(talk) as server:
        client = HttpClient()
        assert (await client.send(server.request())).body == b'{"data":{"a":1}}'
        await client.close()


ILL_BEHAVED: dict[str, tuple[bytes, type[SubgraphError]]] = {
    "drops before answering": (b"", SubgraphConnectionLostError),
    "garbage status line": (b"SSH-2.0-OpenSSH_9\r\n\r\n", SubgraphInvalidResponseError),
    "not HTTP/1": (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", SubgraphInvalidResponseError),
    "truncated head": (b"HTTP/1.1 200 OK\r\ncontent-le", SubgraphInvalidResponseError),
    "truncated body": (response(b"x" * 50)[:-10], SubgraphInvalidResponseError),
    "truncated chunks": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
        SubgraphInvalidResponseError,
    ),
    "truncated gzip": (
        response(gzip.compress(b"a" * 99)[:-9], headers=b"content-encoding: gzip\r\n"),
        SubgraphInvalidResponseError,
    ),
    "an encoding that nobody knows": (
        response(b"abc", headers=b"content-encoding: lzma\r\n"),
        SubgraphInvalidResponseError,
    ),
    "two lengths": (response(b"abc", headers=b"content-length: 7\r\n"), SubgraphInvalidResponseError),
    "upgrade": (
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        SubgraphInvalidResponseError,
    ),
    "headers without end": (b"HTTP/1.1 200 OK\r\nx: " + b"v" * 70_000, SubgraphResponseTooLargeError),
    "headers too large": (response(headers=b"x: %b\r\n" % (b"v" * 70_000)), SubgraphResponseTooLargeError),
    "body too large": (response(b"x" * 100_001), SubgraphResponseTooLargeError),
    "body too large, until close": (
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_001,
        SubgraphResponseTooLargeError,
    ),
    "gzip bomb": (
        response(gzip.compress(b"\0" * 50_000_000), headers=b"content-encoding: gzip\r\n"),
        SubgraphResponseTooLargeError,
    ),
    **{
        f"{coding} bomb": (
            response(
                Compressor().compress(coding.encode(), b"\0" * 50_000_000),
                headers=b"content-encoding: %b\r\n" % coding.encode(),
            ),
            SubgraphResponseTooLargeError,
        )
        for coding in ("br", "zstd", "deflate")
    },
    "endless trailers": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" + b"x-t: 1\r\n" * 40_000,
        SubgraphResponseTooLargeError,
    ),
}


@pytest.mark.parametrize("case", ILL_BEHAVED)
async def test_an_ill_behaved_subgraph_becomes_one_coded_error(case: str) -> None:
    wire, expected = ILL_BEHAVED[case]
    async with RawServer(saying(wire)) as server:
        client = HttpClient(HttpOptions(max_response_bytes=100_000))
        with pytest.raises(SubgraphError) as caught:
            await client.send(server.request())
        assert type(caught.value) is expected
        assert caught.value.subgraph == "orders"
        await eventually(lambda: counts(client) == (0, 0, 0, 0))
        await client.close()


async def test_nobody_listening_is_a_refused_connection() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        client = HttpClient()
        for host in ("127.0.0.1", "localhost"):
            url = f"http://{host}:{port}/"
            with pytest.raises(SubgraphConnectionRefusedError):
                await client.send(SubgraphRequest("orders", url, b"{}", (), True, 5.0))
        await client.close()


async def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    client = HttpClient()
    with pytest.raises(SubgraphUnreachableError):
        await client.send(SubgraphRequest("orders", "http://no-such-host.invalid/", b"{}", (), True, 5.0))
    await client.close()


@pytest.mark.parametrize(
    "url", ["ftp://a/", "http:///x", "nonsense", "http://u:p@h/", "http://h:x/", "http://h/a b"]
)
async def test_a_bad_routing_url_is_said_so(url: str) -> None:
    client = HttpClient()
    with pytest.raises(SubgraphInvalidRequestError):
        await client.send(SubgraphRequest("orders", url, b"{}", (), True, 5.0))
    await client.close()


@pytest.mark.parametrize("header", [(b"x", b"a\r\nhost: b"), (b"x: y", b"a"), (b"x", b"\x00")])
async def test_a_header_that_would_break_the_head_apart_is_never_sent(header: tuple[bytes, bytes]) -> None:
    async with RawServer(answer_all) as server:
        client = HttpClient()
        with pytest.raises(SubgraphInvalidRequestError):
            await client.send(server.request(headers=(header,)))
        assert server.connections == 0
        await client.close()


async def test_connecting_has_a_time_limit_of_its_own() -> None:
    # A listener whose backlog is full lets nobody in.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        stuffing = [socket.socket() for _ in range(4)]
        for one in stuffing:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        client = HttpClient(HttpOptions(connect_timeout_s=0.05))
        url = f"http://127.0.0.1:{port}/"
        with pytest.raises(SubgraphTimeoutError) as caught:
            await client.send(SubgraphRequest("orders", url, b"{}", (), True, 0.5))
        for one in stuffing:
            one.close()
        await client.close()
        if type(caught.value) is not SubgraphConnectTimeoutError:
            pytest.skip("this kernel's backlog cannot be filled")


async def test_no_answer_in_time_is_a_timeout_and_closes_the_connection() -> None:
    async with RawServer(never_answer) as server:
        client = HttpClient()
        with pytest.raises(SubgraphTimeoutError, match="no answer"):
            await client.send(server.request(timeout_s=0.03))
        assert counts(client) == (0, 0, 0, 0)
        await client.close()


async def test_a_stalled_body_is_a_timeout() -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(response(b"x" * 50)[:-10])
        await peer.reader.read(-1)

    async with RawServer(talk) as server:
        client = HttpClient()
        with pytest.raises(SubgraphTimeoutError, match="no complete answer"):
            await client.send(server.request(timeout_s=0.03))
        await client.close()


async def test_waiting_for_a_busy_pool_ends_in_time_and_says_why() -> None:
    async with RawServer(never_answer) as server:
        client = HttpClient(HttpOptions(max_connections=1))
        first = asyncio.create_task(client.send(server.request()))
        await eventually(lambda: counts(client)[0] == 1)
        with pytest.raises(SubgraphPoolTimeoutError, match="all 1 connections"):
            await client.send(server.request(timeout_s=0.03))
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert counts(client) == (0, 0, 0, 0)
        await client.close()


async def test_requests_wait_for_a_connection_in_order_of_arrival() -> None:
    order: list[bytes] = []

    async def talk(peer: Peer) -> None:
        while True:
            order.append((await peer.request())[1])
            await peer.say(response())

    async with RawServer(talk) as server:
        client = HttpClient(HttpOptions(max_connections=1))
        await asyncio.gather(*(client.send(server.request(b"%d" % n)) for n in range(9)))
        assert order == [b"%d" % n for n in range(9)]
        await client.close()


@pytest.mark.parametrize("headers", [b"connection: close\r\n", b"Connection: Close\r\n"])
async def test_connection_close_is_honoured(headers: bytes) -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(response(headers=headers))
        await peer.reader.read(-1)

    async with RawServer(talk) as server:
        client = HttpClient()
        for _ in range(3):
            await client.send(server.request())
            assert counts(client) == (0, 0, 0, 0)
        assert server.connections == 3
        await client.close()


async def test_a_second_response_to_one_request_is_given_to_nobody() -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(response(b"mine") + response(b"for another"))
        await peer.reader.read(-1)

    async with RawServer(talk) as server:
        client = HttpClient()
        for _ in range(3):
            assert (await client.send(server.request())).body == b"mine"
        assert server.connections == 3
        await client.close()


async def test_bytes_on_an_idle_connection_close_it() -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(response(b"mine"))
        await asyncio.sleep(0.01)
        await peer.say(response(b"for another"))
        await peer.reader.read(-1)

    async with RawServer(talk) as server:
        client = HttpClient()
        await client.send(server.request())
        await eventually(lambda: counts(client) == (0, 0, 0, 0))
        assert (await client.send(server.request())).body == b"mine"
        await client.close()


async def test_an_idle_connection_the_subgraph_closed_is_not_used_again() -> None:
    async with RawServer(saying(response())) as server:
        client = HttpClient()
        for _ in range(3):
            await client.send(server.request(is_query=False))
            await eventually(lambda: counts(client) == (0, 0, 0, 0))
        await client.close()


async def test_the_idle_race_is_won_by_queries_and_by_mutations() -> None:
    # The subgraph closes after each answer, and the next request goes out before the loop saw that.
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(response())

    async with RawServer(talk) as server:
        client = HttpClient()
        for number in range(60):
            got = await client.send(server.request(is_query=number % 2 == 0))
            assert got.status == 200
        await client.close()


def closing_after_the_second_request(seen: list[bytes]) -> object:
    async def talk(peer: Peer) -> None:
        seen.append((await peer.request())[1])
        await peer.say(response())
        seen.append((await peer.request())[1])
        peer.abort()

    return talk


async def test_a_query_lost_on_a_used_connection_is_sent_once_more_on_a_new_one() -> None:
    seen: list[bytes] = []
    async with RawServer(closing_after_the_second_request(seen)) as server:  # type: ignore[arg-type]
        client = HttpClient()
        await client.send(server.request(b"1"))
        await client.send(server.request(b"2"))
        assert seen == [b"1", b"2", b"2"]
        await client.close()


async def test_a_mutation_is_never_sent_twice() -> None:
    seen: list[bytes] = []
    async with RawServer(closing_after_the_second_request(seen)) as server:  # type: ignore[arg-type]
        client = HttpClient()
        await client.send(server.request(b"1"))
        with pytest.raises(SubgraphConnectionLostError):
            await client.send(server.request(b"2", is_query=False))
        assert seen == [b"1", b"2"]
        await client.close()


async def test_a_query_lost_on_a_new_connection_is_not_repeated() -> None:
    async with RawServer(saying(b"")) as server:
        client = HttpClient()
        with pytest.raises(SubgraphConnectionLostError):
            await client.send(server.request())
        assert server.connections == 1
        await client.close()


async def test_idle_connections_are_closed_after_their_time() -> None:
    async with RawServer(answer_all) as server:
        client = HttpClient(HttpOptions(idle_s=0.05))
        await asyncio.gather(*(client.send(server.request()) for _ in range(5)))
        assert counts(client)[1] == 5
        await eventually(lambda: counts(client) == (0, 0, 0, 0))
        await eventually(lambda: server.open == 0)
        await client.close()


async def test_cookies_are_never_sent_back() -> None:
    heads: list[bytes] = []

    async def talk(peer: Peer) -> None:
        while True:
            heads.append((await peer.request())[0])
            await peer.say(response(headers=b"set-cookie: session=1\r\n"))

    async with RawServer(talk) as server:
        client = HttpClient()
        await client.send(server.request())
        await client.send(server.request())
        assert b"cookie" not in heads[1].lower()
        await client.close()


async def test_a_cancelled_request_closes_its_connection_and_harms_no_other() -> None:
    async def talk(peer: Peer) -> None:
        while True:
            _, body = await peer.request()
            if body != b"slow":
                await peer.say(response(body))

    async with RawServer(talk) as server:
        client = HttpClient(HttpOptions(max_connections=2))
        slow = asyncio.create_task(client.send(server.request(b"slow")))
        await eventually(lambda: counts(client)[0] == 1)
        slow.cancel()
        got = await asyncio.gather(
            slow, *(client.send(server.request(b"%d" % n)) for n in range(9)), return_exceptions=True
        )
        assert isinstance(got[0], asyncio.CancelledError)
        assert [one.body for one in got[1:]] == [b"%d" % n for n in range(9)]  # type: ignore[union-attr]
        assert counts(client)[2:] == (0, 0)
        await client.close()


async def test_ten_thousand_cancelled_requests_leave_the_pool_whole() -> None:
    served = 0

    async def talk(peer: Peer) -> None:
        nonlocal served
        while True:
            _, body = await peer.request()
            served += 1
            await asyncio.sleep(0.001)
            await peer.say(response(body))

    async with RawServer(talk) as server:
        client = HttpClient(HttpOptions(max_connections=16))
        cancelled = 0
        for round_ in range(11):
            tasks = [asyncio.create_task(client.send(server.request(b"%d" % n))) for n in range(1000)]
            enough = served + 15 * round_  # cancelled while connecting, while sending, while answered
            await eventually(lambda enough=enough: served >= enough)  # type: ignore[misc]
            for task in tasks:
                task.cancel()
            for number, one in enumerate(await asyncio.gather(*tasks, return_exceptions=True)):
                if isinstance(one, asyncio.CancelledError):
                    cancelled += 1
                else:
                    assert one.body == b"%d" % number  # type: ignore[union-attr]
        assert cancelled >= 9000 and server.connections > 50
        answers = await asyncio.gather(*(client.send(server.request(b"%d" % n)) for n in range(100)))
        assert [one.body for one in answers] == [b"%d" % n for n in range(100)]
        open_, idle, connecting, queued = counts(client)
        assert open_ == idle <= 16 and (connecting, queued) == (0, 0)
        await client.close()


async def test_a_thousand_deadlines_of_a_few_milliseconds_leave_the_pool_whole() -> None:
    async def talk(peer: Peer) -> None:
        while True:
            await peer.request()
            await asyncio.sleep(0.02)
            await peer.say(response())

    async with RawServer(talk) as server:
        client = HttpClient(HttpOptions(max_connections=16))
        await asyncio.gather(
            *(client.send(server.request(timeout_s=(1, 21, 41)[n % 3] / 1000)) for n in range(1000)),
            return_exceptions=True,
        )
        answers = await asyncio.gather(*(client.send(server.request()) for _ in range(100)))
        assert all(one.status == 200 for one in answers)
        assert counts(client)[2:] == (0, 0)
        await client.close()


async def test_closing_ends_what_is_under_way_and_what_waits() -> None:
    async with RawServer(never_answer) as server:
        client = HttpClient(HttpOptions(max_connections=2))
        tasks = [asyncio.create_task(client.send(server.request())) for _ in range(5)]
        await asyncio.sleep(0.02)
        await client.close()
        got = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in got] == [SubgraphConnectionLostError] * 5
        with pytest.raises(SubgraphUnreachableError):
            await client.send(server.request())


async def test_an_early_answer_to_a_large_request_does_not_spoil_the_next() -> None:
    async def talk(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.say(response(status="413 Content Too Large"))
        await asyncio.sleep(0.02)

    async with RawServer(talk) as server:
        client = HttpClient()
        for _ in range(2):
            assert (await client.send(server.request(b"x" * 8_000_000))).status == 413
        assert server.connections == 2
        await client.close()


async def test_a_unix_socket_can_be_asked(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Peer(reader, writer).request()
        writer.write(response(b"unix"))
        writer.close()

    path = str(tmp_path / "s.sock")
    server = await asyncio.start_unix_server(serve, path)
    client = HttpClient()
    url = f"http+unix://{path.replace('/', '%2F')}/graphql"
    got = await client.send(SubgraphRequest("orders", url, b"{}", (), True, 5.0))
    assert got.body == b"unix"
    await client.close()
    server.close()
    await server.wait_closed()


async def test_tls_to_a_plain_port_is_unreachable() -> None:
    async def talk(peer: Peer) -> None:
        await peer.reader.read(1)
        await peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with RawServer(talk) as server:
        client = HttpClient(HttpOptions(ssl_context=ssl.create_default_context()))
        url = f"https://127.0.0.1:{server.port}/"
        with pytest.raises(SubgraphUnreachableError):
            await client.send(SubgraphRequest("orders", url, b"{}", (), True, 5.0))
        await client.close()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Server and client contexts of an authority that certifies 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "orders")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "orders.pem"
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, encryption_algorithm=serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=made.public_bytes(pem).decode())


async def test_https_is_verified_and_kept_alive(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    async with RawServer(answer_all, ssl_context=theirs) as server:
        request = SubgraphRequest("orders", f"https://127.0.0.1:{server.port}/", b"1", (), True, 5.0)
        client = HttpClient(HttpOptions(ssl_context=ours))
        for is_query in (True, False, True):
            got = await client.send(replace(request, is_query=is_query))
            assert got.body == b'{"data":1}'
        assert server.connections <= 2
        await client.close()
        stranger = HttpClient(HttpOptions(ssl_context=ssl.create_default_context()))
        with pytest.raises(SubgraphUnreachableError, match="certificate"):
            await stranger.send(request)
        await stranger.close()


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd", b"deflate"])
async def test_requests_are_compressed_where_configured(coding: bytes) -> None:
    heard: list[tuple[bytes, bytes]] = []

    async def talk(peer: Peer) -> None:
        while True:
            heard.append(await peer.request())
            await peer.say(
                response(Compressor().compress(coding, b"{}"), headers=b"content-encoding: %b\r\n" % coding)
            )

    async with RawServer(talk) as server:
        options = HttpOptions(codings=Codings(coding, b"zstd, br"))
        client = ClientBySubgraph(HttpClient(), {"orders": HttpClient(options)})
        request = server.request()
        assert (await client.send(request)).body == b"{}"
        await client.send(SubgraphRequest("other", request.url, request.body, (), True, 5.0))
        await client.close()
    (head, body), (plain_head, plain_body) = heard
    assert b"\r\ncontent-encoding: %b\r\n" % coding in head
    assert b"\r\naccept-encoding: zstd, br\r\n" in head
    assert BodyDecoder(coding, 1000).feed(body) == request.body == plain_body
    assert b"-encoding" not in plain_head


async def test_a_connection_that_has_served_long_enough_is_replaced() -> None:
    async with RawServer(answer_all) as server:
        client = HttpClient(HttpOptions(max_age_s=0.05))
        await client.send(server.request())
        await client.send(server.request())
        assert server.connections == 1
        await asyncio.sleep(0.1)
        await client.send(server.request())  # its last
        await client.send(server.request())
        assert server.connections == 2
        await eventually(lambda: server.open == 1)
        await client.close()
