"""Forms in pieces of any size, and bytes that are no form."""

from __future__ import annotations

import pytest

from router.protocols.multipart_form import (
    FormReader,
    MalformedFormError,
    PartBegan,
    PartData,
    PartEnded,
    boundary_of,
)

FILE = b"\r\n--b\r\n--\r\n-\x00\xff" * 50 + b"\r\n--"
WHOLE = (
    b"a preamble nobody reads\r\n"
    b'--bound\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n'
    b"--bound  \r\ncontent-disposition: form-data; name=map\r\n\r\n\r\n"
    b"--bound\r\ncontent-type: image/png\r\n"
    b'content-disposition: form-data; filename="a\\"; name=x.png"; name="0"\r\n\r\n' + FILE + b"\r\n"
    b"--bound--\r\nan epilogue nobody reads"
)


def parts(wire: bytes, step: int) -> list[tuple[str, bytes, bytes, bytes]]:
    reader = FormReader(b"bound")
    found: list[tuple[str, bytes, bytes, bytes]] = []
    began: PartBegan | None = None
    content = b""
    for at in range(0, len(wire), step):
        for event in reader.feed(wire[at : at + step]):
            match event:
                case PartBegan():
                    assert began is None
                    began, content = event, b""
                case PartData(data):
                    assert data
                    content += data
                case PartEnded():
                    assert began is not None
                    found.append((began.name, began.filename, began.content_type, content))
                    began = None
    reader.finish()
    return found


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 100_000])
def test_a_form_is_read_however_it_is_cut(step: int) -> None:
    assert parts(WHOLE, step) == [
        ("operations", b"", b"", b"{}"),
        ("map", b"", b"", b""),
        ("0", b'a\\"; name=x.png', b"image/png", FILE),
    ]


PART = b'--bound\r\ncontent-disposition: form-data; name="a"\r\n\r\n'


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"nonsense",
        b"x" * 20_000,
        PART,
        PART + b"abc",
        PART + b"abc\r\n--bound",
        PART + b"abc\r\n--boundless",
        b"--bound\r\n\r\nabc\r\n--bound--",
        b"--bound\r\ncontent-disposition: attachment; name=a\r\n\r\n\r\n--bound--",
        b"--bound\r\ncontent-disposition: form-data\r\n\r\n\r\n--bound--",
        b"--bound\r\nno colon\r\n\r\n\r\n--bound--",
        b'--bound\r\ncontent-disposition: form-data; name="\xff"\r\n\r\n\r\n--bound--',
        b'--bound\r\ncontent-disposition: form-data; name="a"; filename="x\nevil: 1"\r\n\r\n\r\n--bound--',
        b"--bound\r\nx: " + b"v" * 10_000,
        b"--bound\r\nx: " + b"v" * 10_000 + b"\r\n\r\n",
        b"--bound" + b" " * 10_000,
    ],
)
def test_what_is_no_form_is_refused(wire: bytes) -> None:
    for step in (1, 100_000):
        with pytest.raises(MalformedFormError):
            parts(wire, step)


def test_only_what_may_be_a_delimiter_is_kept() -> None:
    reader = FormReader(b"bound")
    reader.feed(PART)
    for _ in range(100):
        [event] = reader.feed(b"x" * 10_000)
        assert isinstance(event, PartData)
    assert len(reader._buffer) < 20


def test_a_name_in_another_alphabet_is_forwarded_between_quotes() -> None:
    wire = b"--bound\r\ncontent-disposition: form-data; name=a; filename*=UTF-8''%e2%82%ac%22.txt\r\n\r\n\r\n--bound--"
    assert parts(wire, 1000) == [("a", "€".encode() + b"%22.txt", b"", b"")]


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        (b"multipart/form-data; boundary=abc", b"abc"),
        (b'multipart/form-data; charset=utf-8; Boundary="a b;c"', b"a b;c"),
        (b"multipart/form-data", None),
        (b"multipart/form-data; boundary=", None),
        (b"multipart/form-data; boundary=" + b"x" * 71, b"x" * 70),
    ],
)
def test_the_boundary_is_a_parameter(content_type: bytes, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary
