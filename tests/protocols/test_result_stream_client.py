"""Results read from a response that goes on, however its bytes are cut."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.protocols.graphql_transport_ws_client import MalformedMessage
from router.protocols.result_stream import EVENT_STREAM, MULTIPART_STREAM
from router.protocols.result_stream_client import (
    Broken,
    Complete,
    EventStreamReader,
    MessageTooLarge,
    MultipartReader,
    Next,
    ResultReader,
    StreamMessage,
)

APOLLO = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'


def sse() -> ResultReader:
    return EventStreamReader(1000)


def multipart() -> ResultReader:
    return MultipartReader(APOLLO, 1000)


def read(reader: ResultReader, *chunks: bytes) -> list[StreamMessage]:
    return [message for chunk in chunks for message in reader.feed(chunk)]


A, B = Next({"data": {"a": 0}}), Next({"data": {"a": 1}})

WHOLE: dict[str, tuple[Callable[[], ResultReader], bytes, list[StreamMessage]]] = {
    "next and complete": (
        sse,
        b'event: next\ndata: {"data":{"a":0}}\n\nevent: complete\ndata:\n\n',
        [A, Complete()],
    ),
    "carriage returns": (
        sse,
        b'event:next\r\ndata:{"data":{"a":0}}\r\n\r\nevent:complete\r\r',
        [A, Complete()],
    ),
    "byte order mark, comments, ids": (
        sse,
        b'\xef\xbb\xbfevent: next\n:hi\nid: 1\nretry: 5\ndata: {"data":\ndata: {"a":0}}\n\n:\n\n',
        [A],
    ),
    "types that mean nothing here": (sse, b"event: ping\ndata: now\n\ndata:\n\nevent\n\n", []),
    "fields do not outlive their event": (
        sse,
        b'event: ping\ndata: {}\n\nevent: next\ndata: {"data":{"a":1}}\n\n',
        [B],
    ),
    "delimiter with the part": (
        multipart,
        b'\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"a":0}}}\r\n--graphql--',
        [A, Complete()],
    ),
    "delimiter with the next part": (
        multipart,
        b'--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"a":0}}}\r\n'
        b'--graphql\r\n\r\n{"payload":{"data":{"a":1}}}\r\n--graphql--\r\n',
        [A, B, Complete()],
    ),
    "a preamble, an empty part and bare line feeds": (
        multipart,
        b'{}\n--graphql\nx: y\n\n{"payload":{"data":{"a":0}}}\n--graphql\n--graphql--\nafter',
        [A, Complete()],
    ),
    "a result over several lines": (
        multipart,
        b'--graphql\r\n\r\n{"payload":\n  {"data":\n {"a":1}}\n}\r\n--graphql\r\n\r\n{}\r\n--graphql--\r\n',
        [B, Complete()],
    ),
    "errors of the transport": (
        multipart,
        b'--graphql\r\n\r\n{"payload":null,"errors":[{"message":"no"}]}\r\n--graphql--\r\n',
        [Broken([{"message": "no"}]), Complete()],
    ),
    "a last result with errors of the transport": (
        multipart,
        b'--graphql\r\n\r\n{"payload":{"data":{"a":0}},"errors":["no"]}\r\n--graphql--\r\n',
        [A, Broken(["no"]), Complete()],
    ),
}


@pytest.mark.parametrize("case", WHOLE)
def test_what_is_read_does_not_depend_on_how_the_bytes_are_cut(case: str) -> None:
    make, text, expected = WHOLE[case]
    got = read(make(), text)
    assert [one for i, one in enumerate(got) if one not in got[:i]] == expected
    by_byte = read(make(), *(text[i : i + 1] for i in range(len(text))))
    assert [one for i, one in enumerate(by_byte) if one not in by_byte[:i]] == expected
    for cut in range(len(text)):
        halves = read(make(), text[:cut], b"", text[cut:])
        assert [one for i, one in enumerate(halves) if one not in halves[:i]] == expected


MALFORMED: dict[str, tuple[Callable[[], ResultReader], bytes]] = {
    "next that is no JSON": (sse, b"event: next\ndata: {\n\n"),
    "next that is no object": (sse, b"event: next\ndata: []\n\n"),
    "next without data": (sse, b"event: next\n\n"),
    "an event without a type": (sse, b'data: {"data":{}}\n\n'),
    "a part that is no JSON": (multipart, b"--graphql\r\n\r\n{\r\n--graphql"),
    "a part that is a list": (multipart, b"--graphql\r\n\r\n[]\r\n--graphql"),
    "a part without payload": (multipart, b'--graphql\r\n\r\n{"data":{}}\r\n--graphql'),
    "a payload that is a list": (multipart, b'--graphql\r\n\r\n{"payload":[]}\r\n--graphql'),
    "errors that are no list": (multipart, b'--graphql\r\n\r\n{"payload":null,"errors":"no"}\r\n--graphql'),
    "another boundary": (multipart, b"--graphql2\r\n\r\n{}\r\n"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_breaks_the_protocol_is_refused(case: str) -> None:
    make, text = MALFORMED[case]
    with pytest.raises(MalformedMessage):
        read(make(), text)


@pytest.mark.parametrize(
    ("make", "start", "more"),
    [
        (sse, b"data: ", b"x" * 100),
        (sse, b"event: next\n", b"data: " + b"x" * 100 + b"\n"),
        (multipart, b"--graphql\r\n\r\n", b"x" * 100),
        (multipart, b"--graphql\r\n\r\n", b"x" * 100 + b"\r\n"),
    ],
)
def test_a_message_without_end_is_given_up(
    make: Callable[[], ResultReader], start: bytes, more: bytes
) -> None:
    reader = make()
    with pytest.raises(MessageTooLarge):
        read(reader, start, *[more] * 20)


@pytest.mark.parametrize("chunk", [b"--graphql\r\n\r\n" + b'{"payload":{"data":{"a":0}}}' + end for end in (
    b"\r\n--graphql", b"\r\n", b"\n", b"\r"
)])  # fmt: skip
def test_a_part_is_read_as_soon_as_it_is_whole(chunk: bytes) -> None:
    assert read(multipart(), chunk) == [A]


def test_the_boundary_is_the_one_that_the_response_names() -> None:
    strawberry = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"
    for content_type, boundary in ((strawberry, b"graphql"), ("multipart/mixed", b"-"), (APOLLO, b"graphql")):
        reader = MultipartReader(content_type, 1000)
        assert read(reader, b"--%b\r\n\r\n{}\r\n--%b--" % (boundary, boundary)) == [Complete()]


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), max_size=5),
    st.integers(1, 40),
    st.booleans(),
)
def test_what_the_router_writes_is_what_it_reads(
    payloads: list[dict[str, str]], size: int, is_multipart: bool
) -> None:
    writer = MULTIPART_STREAM if is_multipart else EVENT_STREAM
    text = writer.opening + b"".join(
        writer.next(orjson.dumps({"data": one})) + writer.heartbeat for one in payloads
    )
    text += writer.complete()
    reader = MultipartReader(APOLLO, 10_000) if is_multipart else EventStreamReader(10_000)
    got = read(reader, *(text[i : i + size] for i in range(0, len(text), size)))
    assert [one for one in got if isinstance(one, Next)] == [Next({"data": one}) for one in payloads]
    assert got[len(payloads)] == Complete()
