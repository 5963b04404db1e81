"""A request's body: read and decompressed, never further than the limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.types import Receive

from router.errors import ClientError
from router.protocols.content_coding import BodyDecoder, NotDecodable, TooLarge, UnknownCoding

THREAD_BYTES: Final = 64 * 1024
"""Of a body from which on it is compressed or decompressed off the event loop: a few tenths of a millisecond."""


class BodyTooLargeError(ClientError):
    """The body is larger than ``limits.http_max_request_bytes``; it was not read to its end.

    Of a compressed body both sizes count.  What to do: send less, or raise the limit.
    """

    code = "PAYLOAD_TOO_LARGE"
    status = 413


class UnsupportedContentEncodingError(ClientError):
    """``content-encoding`` names a coding that the router does not know.

    What to do: send the body as it is, or by gzip, br, zstd or deflate.
    """

    code = "UNSUPPORTED_CONTENT_ENCODING"
    status = 415
    headers = ((b"accept-encoding", b"gzip, br, zstd, deflate"),)


class CorruptBodyError(ClientError):
    """The body is not what ``content-encoding`` says, or ends too early."""

    code = "CORRUPT_BODY"
    status = 400


class ClientLeftError(Exception):
    """The connection closed before the request was complete; nobody is there to be answered."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    """Give a request's plain body.

    Raises: BodyTooLargeError, UnsupportedContentEncodingError, CorruptBodyError; ClientLeftError.
    """
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise too_large(limit)
    decoder = _decoder(headers, limit)
    chunks: list[bytes] = []
    received_bytes = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        chunk = message.get("body", b"")
        received_bytes += len(chunk)
        if received_bytes > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            break
        chunks.append(chunk)
    body = b"".join((*chunks, chunk)) if chunks else chunk
    return body if decoder is None else await _decoded(decoder, body, limit)


def too_large(limit: int) -> BodyTooLargeError:
    """Give the error of a body above ``limit``."""
    return BodyTooLargeError(f"The body is larger than {limit} bytes.")


def _decoder(headers: Mapping[bytes, bytes], limit: int) -> BodyDecoder | None:
    coding = headers.get(b"content-encoding")
    if coding is None or coding.strip().lower() in (b"", b"identity"):
        return None
    try:
        return BodyDecoder(coding, limit)
    except UnknownCoding:
        raise UnsupportedContentEncodingError(
            "The body's content-encoding is not supported: send gzip, br, zstd or deflate, or none."
        ) from None


async def _decoded(decoder: BodyDecoder, body: bytes, limit: int) -> bytes:
    def decode() -> bytes:
        plain = decoder.feed(body)
        decoder.finish()
        return plain

    try:
        return decode() if len(body) < THREAD_BYTES else await asyncio.to_thread(decode)
    except TooLarge:
        raise too_large(limit) from None
    except NotDecodable as error:
        raise CorruptBodyError(f"The body cannot be decompressed: {error}.") from None
