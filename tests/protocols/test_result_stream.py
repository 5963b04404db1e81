"""Which stream a client wants, and how results are written."""

from __future__ import annotations

import pytest

from router.protocols.result_stream import (
    EVENT_STREAM,
    MULTIPART_STREAM,
    ResultStream,
    accepted_stream,
    accepts_json,
)


@pytest.mark.parametrize(
    ("accept", "stream", "json"),
    [
        (b"text/event-stream", EVENT_STREAM, False),
        (b"Text/Event-Stream; charset=utf-8", EVENT_STREAM, False),
        (b"text/event-stream, application/json", EVENT_STREAM, True),
        (b"application/graphql-response+json, text/event-stream;q=0.5, */*", EVENT_STREAM, True),
        (b'multipart/mixed;subscriptionSpec="1.0", application/json', MULTIPART_STREAM, True),
        (
            b"multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json",
            MULTIPART_STREAM,
            True,
        ),
        (b"multipart/mixed; boundary=x; subscriptionspec = 1.0", MULTIPART_STREAM, False),
        (b'multipart/mixed;subscriptionSpec="1.0", text/event-stream', MULTIPART_STREAM, False),
        (b'multipart/mixed;subscriptionSpec="2.0", application/json', None, True),
        (b"multipart/mixed;deferSpec=20220824, application/json", None, True),
        (b"text/event-stream;q=0, application/json", None, True),
        (b"application/json", None, True),
        (b"*/*", None, True),
        (None, None, True),
    ],
)
def test_the_first_stream_named_is_taken(
    accept: bytes | None, stream: ResultStream | None, json: bool
) -> None:
    assert accepted_stream(accept) is stream
    if accept is not None:
        assert accepts_json(accept) is json


def test_events_are_written_as_events() -> None:
    assert EVENT_STREAM.next(b'{"data":1}') == b'event: next\ndata: {"data":1}\n\n'
    assert EVENT_STREAM.complete() == b"event: complete\ndata:\n\n"
    assert EVENT_STREAM.broken(b"[]") == b'event: next\ndata: {"errors":[]}\n\n'


def test_a_part_is_followed_by_its_delimiter_at_once() -> None:
    parts = MULTIPART_STREAM.opening + MULTIPART_STREAM.heartbeat + MULTIPART_STREAM.next(b'{"data":1}')
    head, *rest = parts.split(b"\r\n--graphql")
    bodies = [part.partition(b"\r\n\r\n")[2] for part in rest]
    assert (head, bodies) == (b"", [b"{}", b'{"payload":{"data":1}}', b""])
    assert MULTIPART_STREAM.broken(b"[]").endswith(b'{"payload":null,"errors":[]}\r\n--graphql--\r\n')
