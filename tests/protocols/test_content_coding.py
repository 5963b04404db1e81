"""Content codings: negotiation, round trips, and what hostile bytes can do."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest

from router.protocols.content_coding import (
    BodyDecoder,
    Compressor,
    NotDecodable,
    TooLarge,
    UnknownCoding,
    choose_coding,
)

ALL = (b"gzip", b"br", b"zstd", b"deflate")
BODY = b'{"data":{"products":[{"name":"Oak table"}]}}' * 500


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, (None, True)),
        (b"", (None, True)),
        (b"gzip", (b"gzip", True)),
        (b"x-gzip", (b"gzip", True)),
        (b"gzip, deflate, br, zstd", (b"zstd", True)),
        (b"gzip, deflate, br", (b"br", True)),
        (b"GZIP;Q=1.0 , br ; q=0.5", (b"gzip", True)),
        (b"gzip;q=0", (None, True)),
        (b"gzip;q=nonsense", (None, True)),
        (b"deflate", (None, True)),
        (b"*", (b"gzip", True)),
        (b"*;q=0.1, br;q=0", (b"gzip", True)),
        (b"gzip;q=0, *", (b"br", True)),
        (b"identity", (None, True)),
        (b"identity, gzip;q=0.5", (None, True)),
        (b"identity;q=0.5, gzip", (b"gzip", True)),
        (b"identity;q=0, gzip;q=0.1", (b"gzip", False)),
        (b"identity;q=0", (None, False)),
        (b"*;q=0", (None, False)),
        (b"*;q=0, identity", (None, True)),
        (b"compress, *;q=0", (None, False)),
    ],
)
def test_the_coding_follows_accept_encoding(accept: bytes | None, chosen: tuple[bytes | None, bool]) -> None:
    assert choose_coding(accept) == chosen


@pytest.mark.parametrize("coding", ALL)
@pytest.mark.parametrize("step", [1, 7, 300, 1_000_000])
def test_a_body_comes_back_however_it_is_cut(coding: bytes, step: int) -> None:
    wire = Compressor().compress(coding, BODY)
    assert len(wire) < len(BODY) / 10
    decoder = BodyDecoder(coding, len(BODY))
    plain = b"".join(decoder.feed(wire[at : at + step]) for at in range(0, len(wire), step))
    decoder.finish()
    assert plain == BODY


@pytest.mark.parametrize("coding", ALL)
def test_a_body_larger_than_the_cap_is_not_decoded_to_its_end(coding: bytes) -> None:
    bomb = Compressor().compress(coding, bytes(200_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            BodyDecoder(coding, 1_000_000).feed(bomb)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    with pytest.raises(TooLarge):
        BodyDecoder(coding, len(BODY) - 1).feed(Compressor().compress(coding, BODY))


@pytest.mark.parametrize("coding", ALL)
def test_a_corrupt_or_cut_body_is_said_so(coding: bytes) -> None:
    wire = Compressor().compress(coding, BODY)
    cut = BodyDecoder(coding, len(BODY))
    cut.feed(wire[:-5])
    with pytest.raises(NotDecodable):
        cut.finish()
    with pytest.raises(NotDecodable):
        BodyDecoder(coding, len(BODY)).finish()
    with pytest.raises(NotDecodable):
        broken = BodyDecoder(coding, len(BODY))
        broken.feed(b"\xff\x00nonsense" * 10)
        broken.finish()


def test_members_that_follow_one_another_are_one_body() -> None:
    for coding in (b"gzip", b"zstd"):
        decoder = BodyDecoder(coding, 10)
        assert (
            decoder.feed(Compressor().compress(coding, b"ab") + Compressor().compress(coding, b"cd"))
            == b"abcd"
        )
        decoder.finish()


def test_deflate_may_come_without_its_header() -> None:
    bare = zlib.compressobj(wbits=-15)
    decoder = BodyDecoder(b"deflate", len(BODY))
    assert decoder.feed(bare.compress(BODY) + bare.flush()) == BODY
    decoder.finish()


def test_an_unknown_coding_is_refused() -> None:
    for coding in (b"lzma", b"gzip, gzip", b""):
        with pytest.raises(UnknownCoding):
            BodyDecoder(coding, 10)
