"""What a client, a proxy or an attacker may send to a socket: requests made and broken in every way known."""

from __future__ import annotations

import hashlib
import json
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Piece = bytes | float
"""Bytes to send, or seconds to wait."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One connection's worth."""

    name: str
    pieces: tuple[Piece, ...]
    ends: bool = False
    """Whether the client closes its side after the last piece."""


QUERIES = (
    "{ now }",
    "{ item(id: 1) { name maker { items { id } } } }",
    "query Q($n: Int) { number(n: $n) }",
    'mutation { save(input: {id: 1, name: "x"}) { id } }',
    "{ __schema { types { name fields { name } } } }",
    "{ items { ... on Node { id } found { __typename } } }",
    "subscription { nope }",
    "{ a: now b: now @skip(if: true) }",
    "fragment F on Query { ...F } { ...F }",
    "{ nope }",
    "",
)
INTEGERS = (2**31, 2**31 - 1, -(2**31), 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**400)
ODD_JSON = (
    b'{"query":"{now}","query":"{ now }"}',
    b'{"query":"{now}","variables":{"n":NaN}}',
    b'{"query":"{now}","variables":{"n":Infinity}}',
    b'{"query":"{now}","variables":{"n":1e999}}',
    b'{"query":"{now}","variables":{"\\ud800":1}}',
    b'{"query":"{now}\\u0000"}',
    b'\xef\xbb\xbf{"query":"{now}"}',
    '{"query":"{now}"}'.encode("utf-16"),
    b'{"query":"\xff\xfe"}',
    b'{"query":"\xed\xa0\x80"}',
    b"[]",
    b"null",
    b"1",
    b'"{now}"',
    b"",
    b" ",
    b"{",
    b'{"query":1}',
    b'{"query":"{now}","variables":[]}',
    b'{"query":"{now}","variables":"{}"}',
    b'{"query":"{now}","operationName":1}',
    b'{"query":"{now}","extensions":[]}',
    b'{"query":"{now}","extensions":{"persistedQuery":{"version":"1"}}}',
    b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"0"}}}',
    b'[{"query":"{now}"},1,null,[]]',
)
TYPES = (
    b"application/json",
    b"application/json; charset=utf-8",
    b"application/json; charset=utf-16",
    b"application/graphql",
    b"application/graphql+json",
    b"text/plain",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data",
    b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=x",
    b"application/",
    b";",
    b"\xff",
)
ACCEPTS = (
    b"*/*",
    b"application/graphql-response+json",
    b"text/event-stream",
    b"multipart/mixed;subscriptionSpec=1.0, application/json",
    b"text/html",
    b"q=;,,;q=x",
    b"application/json;q=0",
)


def request(
    body: bytes,
    *,
    method: bytes = b"POST",
    target: bytes = b"/graphql",
    kind: bytes = TYPES[0],
    more: bytes = b"",
) -> bytes:
    return b"%b %b HTTP/1.1\r\nhost: x\r\ncontent-type: %b\r\ncontent-length: %d\r\n%b\r\n%b" % (
        method,
        target,
        kind,
        len(body),
        more,
        body,
    )


def a_body(chance: random.Random) -> bytes:
    chosen = chance.random()
    if chosen < 0.3:
        return chance.choice(ODD_JSON)
    if chosen < 0.4:
        depth = chance.choice((10, 1000, 100_000))
        return b'{"query":"{now}","variables":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    if chosen < 0.5:
        depth = chance.choice((10, 300, 20_000))
        return json.dumps({"query": "{ items " * depth + "{ id }" + "}" * depth}).encode()
    if chosen < 0.6:
        number = chance.choice(INTEGERS)
        query = chance.choice(("query Q($n: Int) { number(n: $n) }", "query Q($f: Float) { number(f: $f) }"))
        name = "n" if "$n" in query else "f"
        return json.dumps({"query": query, "variables": {name: number}}).encode()
    if chosen < 0.7:
        whole = bytearray(json.dumps({"query": chance.choice(QUERIES), "variables": {"n": 1}}).encode())
        for _ in range(chance.randrange(1, 6)):
            whole[chance.randrange(len(whole))] = chance.randrange(256)
        return bytes(whole)
    return json.dumps({"query": chance.choice(QUERIES)}).encode()


def plain(chance: random.Random) -> Iterator[Piece]:
    more = b"accept: %b\r\n" % chance.choice(ACCEPTS) if chance.random() < 0.4 else b""
    if chance.random() < 0.2:
        more += b"content-encoding: %b\r\n" % chance.choice(
            (b"gzip", b"br", b"zstd", b"deflate", b"x", b"gzip, br")
        )
    yield request(a_body(chance), kind=chance.choice(TYPES) if chance.random() < 0.3 else TYPES[0], more=more)


def half(chance: random.Random) -> Iterator[Piece]:
    whole = request(a_body(chance))
    yield whole[: chance.randrange(1, len(whole))]


def slow(chance: random.Random) -> Iterator[Piece]:
    whole = request(b'{"query":"{now}"}')
    start = chance.randrange(len(whole))
    yield whole[:start]
    for at in range(start, len(whole)):
        yield 0.3
        yield whole[at : at + 1]


def pieces(chance: random.Random) -> Iterator[Piece]:
    whole = request(a_body(chance)[:5000])
    while whole:
        size = chance.randrange(1, max(2, len(whole)))
        yield whole[:size]
        yield 0.005
        whole = whole[size:]


def chunked(chance: random.Random) -> Iterator[Piece]:
    head = (
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: %b\r\n\r\n"
        % (
            chance.choice(
                (b"chunked", b"chunked", b"Chunked", b"gzip, chunked", b"chunked, chunked", b"x", b"identity")
            )
        )
    )
    size = chance.choice(
        (b"11", b"0x11", b"-1", b"zz", b"FFFFFFFFFFFFFFFFF", b'11;ext="x', b"", b"11 ", b"7fffffff")
    )
    end = chance.choice(
        (b"\r\n0\r\n\r\n", b"0\r\n\r\n", b"\r\n0\r\nx: y\r\n\r\n", b"\n0\n\n", b"", b"\r\n0\r\n\x00\r\n\r\n")
    )
    yield head + size + b"\r\n" + b'{"query":"{now}"}' + end


def heads(chance: random.Random) -> Iterator[Piece]:
    yield chance.choice(
        (
            b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 40_000 + b"\r\n",
            b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nx: " + b"y" * 200_000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
            b"GET / HTTP/1.1\r\n folded: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nx : y\r\n\r\n",
            b"GET / HTTP/1.1\r\nx\x00: y\r\n\r\n",
            b"GET / HTTP/1.1\r\n: y\r\n\r\n",
            b"POST /graphql HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
            b"POST /graphql HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
            b"POST /graphql HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
            b"POST /graphql HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            b"POST /graphql HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 3000000\r\n\r\n"
            + b"x" * 70_000,
            b"GET / HTTP/1.1\nhost: x\n\n",
            b"\r\n\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n",
        )
    )


def targets(chance: random.Random) -> Iterator[Piece]:
    target = chance.choice(
        (
            b"http://other.example/graphql?query={now}",
            b"http://[::1/graphql",
            b"*",
            b"//graphql",
            b"/graphql?query=%7Bnow%7D",
            b"/graphql?query=%ff%fe",
            b"/graphql?query={now}&query={a}&variables=[",
            b"/graphql?" + b"a=b&" * 5000,
            b"/%00",
            b"/..%2f..%2fetc/passwd",
            b"/playground/..%2f..%2fapp.py",
            b"/graphql#x",
            b"/\xff",
            b"\\x",
            b"/health/ready",
            b"/",
        )
    )
    method = chance.choice(
        (b"GET", b"HEAD", b"OPTIONS", b"CONNECT", b"TRACE", b"DELETE", b"PATCH", b"FOO", b"get", b"PRI")
    )
    yield b"%b %b HTTP/1.1\r\nhost: x\r\naccept: */*\r\nx-apollo-operation-name: x\r\n\r\n" % (method, target)


def versions(chance: random.Random) -> Iterator[Piece]:
    yield chance.choice(
        (
            b"GET /\r\n",
            b"GET / HTTP/0.9\r\n\r\n",
            b"GET / HTTP/1.0\r\n\r\n",
            b"GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
            b"GET / HTTP/2.0\r\n\r\n",
            b"GET / HTTP/9999.1\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(24),
            b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60),
            b"\x00" * 50,
            b"SSH-2.0-x\r\n",
            bytes(chance.randrange(256) for _ in range(200)),
        )
    )


def pipelined(chance: random.Random) -> Iterator[Piece]:
    count = chance.choice((2, 5, 50))
    whole = b"".join(request(b'{"query":"{now}"}') for _ in range(count))
    yield whole + chance.choice((b"", b"\x00garbage\r\n\r\n", b"GET / HT", request(b"{")))


def expects(chance: random.Random) -> Iterator[Piece]:
    body = b'{"query":"{now}"}'
    head = request(
        body, more=b"expect: %b\r\n" % chance.choice((b"100-continue", b"200-ok", b"100-Continue"))
    )
    yield head[: -len(body)]
    if chance.random() < 0.7:
        yield 0.02
        yield body


def sockets(chance: random.Random) -> Iterator[Piece]:
    version = chance.choice((b"13", b"13", b"13", b"8", b"x"))
    protocol = chance.choice((b"graphql-transport-ws", b"graphql-ws", b"", b"\x01"))
    key = chance.choice((b"dGhlIHNhbXBsZSBub25jZQ==", b"short", b""))
    head = (
        b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: %b\r\n"
        b"sec-websocket-key: %b\r\nsec-websocket-protocol: %b\r\n\r\n"
    ) % (version, key, protocol)
    if chance.random() < 0.3:
        yield head[: chance.randrange(1, len(head))]
        return
    yield head
    for _ in range(chance.randrange(5)):
        yield 0.01
        yield a_frame(chance)


def a_frame(chance: random.Random) -> bytes:
    """A client's WebSocket frame, mostly as it should be."""
    payload = chance.choice(
        (
            b'{"type":"connection_init"}',
            b'{"type":"ping"}',
            b'{"type":"subscribe","id":"1","payload":{"query":"{now}"}}',
            b'{"type":"subscribe","id":"1","payload":{"query":1}}',
            b'{"type":"complete","id":"1"}',
            b'{"type":"nope"}',
            b"{",
            b"\xff",
            b"",
            b"[" * 100_000,
        )
    )
    first = chance.choice((0x81, 0x81, 0x81, 0x82, 0x01, 0x88, 0x89, 0x8A, 0x8F, 0xF1))
    mask = chance.randbytes(4)
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else bytes([0xFF]) + struct.pack(">Q", length)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes([first]) + size + mask + masked


def leaves(chance: random.Random) -> Iterator[Piece]:
    yield request(json.dumps({"query": "{ items { related { related { id } } } }"}).encode())


def uploads(chance: random.Random) -> Iterator[Piece]:
    operations = chance.choice((b'{"query":"{now}"}', b"{", b'{"query":"{now}","variables":{"f":null}}'))
    mapping = chance.choice((b'{"0":["variables.f"]}', b"{}", b'{"0":["variables.f.g.0"]}', b"["))
    parts = [(b"operations", operations), (b"map", mapping), (b"0", chance.randbytes(300))]
    chance.shuffle(parts)
    body = b"".join(
        b'--x\r\ncontent-disposition: form-data; name="%b"; filename="a"\r\n\r\n%b\r\n' % part
        for part in parts
    )
    end = chance.choice((b"--x--\r\n", b"", b"--x", b"--y--"))
    yield request(
        body + end, kind=b"multipart/form-data; boundary=x", more=b"apollo-require-preflight: true\r\n"
    )


def persisted(chance: random.Random) -> Iterator[Piece]:
    text = chance.choice(QUERIES)
    digest = chance.choice((hashlib.sha256(text.encode()).hexdigest(), "0" * 64, "x", ""))
    extension = {"persistedQuery": {"version": chance.choice((1, 2, "1", None)), "sha256Hash": digest}}
    yield request(json.dumps({"query": text, "extensions": extension}).encode())


KINDS: tuple[Callable[[random.Random], Iterator[Piece]], ...] = (
    plain, plain, half, slow, pieces, chunked, heads, targets, versions, pipelined, expects, sockets, leaves,
    uploads, persisted,
)  # fmt: skip


def attack(seed: int) -> Attack:
    """Give the attack of a seed: the same one every time."""
    chance = random.Random(seed)
    kind = chance.choice(KINDS)
    return Attack(kind.__name__, tuple(kind(chance)), ends=kind is leaves or chance.random() < 0.2)
