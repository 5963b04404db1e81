"""Decompression of a response body while it arrives, never further than the cap."""

from __future__ import annotations

import zlib
from typing import Final

_WINDOW_BITS: Final = {b"gzip": 31, b"x-gzip": 31, b"deflate": 47}


class TooLarge(Exception):
    """The body, decompressed, passes the cap."""


class NotDecodable(Exception):
    """The body is not what ``content-encoding`` says; the message tells how."""


class BodyDecoder:
    """Turns compressed chunks into plain ones.

    Invariant: the sum of what `feed` gave is at most ``max_bytes``; so is what it holds at any time.
    """

    __slots__ = ("_bits", "_inflate", "_left")

    def __init__(self, content_encoding: bytes, max_bytes: int) -> None:
        """Raises: NotDecodable for an encoding the router never offered."""
        bits = _WINDOW_BITS.get(content_encoding.strip().lower())
        if bits is None:
            raise NotDecodable(f"content-encoding {content_encoding!r} was not offered")
        self._bits = bits
        self._inflate = zlib.decompressobj(bits)
        self._left = max_bytes

    def feed(self, chunk: bytes) -> bytes:
        """The plain bytes of one chunk.

        Raises: TooLarge, NotDecodable.
        """
        plain = b""
        while chunk:
            if self._inflate.eof:  # gzip: members may follow one another
                self._inflate = zlib.decompressobj(self._bits)
            try:
                part = self._inflate.decompress(chunk, self._left + 1)
            except zlib.error as error:
                raise NotDecodable(str(error)) from None
            self._left -= len(part)
            if self._left < 0:
                raise TooLarge
            plain += part
            chunk = self._inflate.unused_data
        return plain

    def finish(self) -> None:
        """Raises: NotDecodable when the compressed data ends too early."""
        if not self._inflate.eof:
            raise NotDecodable("compressed body ends too early")
