"""Compression of whole answers by ``Accept-Encoding``; answers sent piece by piece never pass here."""

from __future__ import annotations

import asyncio
from typing import Final

from router.errors import ClientError
from router.protocols.content_coding import Compressor, choose_coding

THREAD_BYTES: Final = 64 * 1024
"""Of a body from which on it is compressed off the event loop: more takes longer than a thread to be told."""


class EncodingNotAcceptableError(ClientError):
    """``Accept-Encoding`` refuses plain answers and every coding that the router has.

    What to do: accept identity, gzip, br or zstd.
    """

    code = "ENCODING_NOT_ACCEPTABLE"
    status = 406


class AnswerCompression:
    """Compresses what is at least ``min_bytes`` long.

    Cost: of a client that sends no ``Accept-Encoding``, nothing; else one lookup for small answers.
    """

    def __init__(self, min_bytes: int) -> None:
        self._min_bytes = min_bytes
        self._compressor = Compressor()

    def check(self, accept_encoding: bytes | None) -> None:
        """Raises: EncodingNotAcceptableError when no answer can be sent."""
        if accept_encoding is not None and choose_coding(accept_encoding) == (None, False):
            raise EncodingNotAcceptableError("Accept-Encoding must allow identity, gzip, br or zstd.")

    async def encoded(self, body: bytes, accept_encoding: bytes | None) -> tuple[bytes, bytes | None]:
        """Give the body to send, and its coding if it has one."""
        if accept_encoding is None:
            return body, None
        coding, may_be_plain = choose_coding(accept_encoding)
        if coding is None or (may_be_plain and len(body) < self._min_bytes):
            return body, None
        if len(body) < THREAD_BYTES:
            return self._compressor.compress(coding, body), coding
        return await asyncio.to_thread(Compressor().compress, coding, body), coding
