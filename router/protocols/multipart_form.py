"""``multipart/form-data`` as it arrives: bytes in, parts out; nothing but the line in hand is kept.

    PREAMBLE --delimiter--> LINE_END --CRLF--> HEADERS --empty line--> BODY --delimiter--> LINE_END
                            LINE_END --"--"--> END

Spec: RFC 7578; RFC 2046, section 5.1.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

MAX_HEADER_BYTES: Final = 8192
"""Of one part, and of what stands before the first."""


class MalformedFormError(Exception):
    """The bytes are no form; the message says where they stop being one."""


@dataclass(frozen=True, slots=True)
class PartBegan:
    """A part's headers are in."""

    name: str
    filename: bytes
    """As it stood between the quotes."""
    content_type: bytes


@dataclass(frozen=True, slots=True)
class PartData:
    """A piece of the part's content; never empty."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The part is complete."""


FormEvent: TypeAlias = PartBegan | PartData | PartEnded


class _State(Enum):
    PREAMBLE = auto()
    LINE_END = auto()
    HEADERS = auto()
    BODY = auto()
    END = auto()


_BOUNDARY: Final = re.compile(
    rb";\s*boundary\s*=\s*(?:\"([^\"\r\n]{1,70})\"|([^\s\";,]{1,70}))", re.IGNORECASE
)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"""A bare line break in a file's name would be a header of its own to who reads it next."""
_PARAMETER: Final = re.compile(rb";\s*([a-z*]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\";]*))", re.IGNORECASE)


def boundary_of(content_type: bytes) -> bytes | None:
    """Give the boundary of a ``multipart/form-data``; None when there is none."""
    found = _BOUNDARY.search(content_type)
    return None if found is None else found[1] or found[2]


class FormReader:
    """Reads one form.

    Invariant: holds no more than the longest delimiter or one part's headers.
    """

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._buffer = bytearray(b"\r\n")  # the first delimiter needs no line before it
        self._state = _State.PREAMBLE
        self._events: list[FormEvent] = []
        self._preamble_bytes = 0

    def feed(self, data: bytes) -> list[FormEvent]:
        """Give what the bytes complete.  Raises: MalformedFormError."""
        self._buffer += data
        while self._step():
            pass
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """Raises: MalformedFormError when the last delimiter has not come."""
        if self._state is not _State.END:
            raise MalformedFormError("it ends before its last boundary")

    def _step(self) -> bool:
        """Go on to the next state; False when more bytes are needed."""
        match self._state:
            case _State.PREAMBLE | _State.BODY:
                return self._read_content()
            case _State.LINE_END:
                return self._read_line_end()
            case _State.HEADERS:
                return self._read_headers()
            case _State.END:
                self._buffer.clear()
                return False

    def _read_content(self) -> bool:
        buffer, delimiter = self._buffer, self._delimiter
        end = buffer.find(delimiter)
        # The last bytes may be the beginning of a delimiter.
        size = end if end >= 0 else len(buffer) - len(delimiter) + 1
        if size > 0:
            if self._state is _State.BODY:
                self._events.append(PartData(bytes(buffer[:size])))
            else:
                self._preamble_bytes += size
                if self._preamble_bytes > MAX_HEADER_BYTES:
                    raise MalformedFormError("it does not begin with its boundary")
            del buffer[:size]
        if end < 0:
            return False
        del buffer[: len(delimiter)]
        if self._state is _State.BODY:
            self._events.append(PartEnded())
        self._state = _State.LINE_END
        return True

    def _read_line_end(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        if buffer.startswith(b"--"):
            self._state = _State.END
            return True
        end = buffer.find(b"\r\n")
        padding = buffer[: len(buffer) if end < 0 else end]
        if padding.strip(b" \t\r") or len(padding) > MAX_HEADER_BYTES:
            raise MalformedFormError("a boundary is followed by something else")
        if end < 0:
            return False
        del buffer[:end]  # the line break stays: headers may be none
        self._state = _State.HEADERS
        return True

    def _read_headers(self) -> bool:
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n")
        if end > MAX_HEADER_BYTES or (end < 0 and len(buffer) > MAX_HEADER_BYTES):
            raise MalformedFormError(f"the headers of a part are larger than {MAX_HEADER_BYTES} bytes")
        if end < 0:
            return False
        lines = bytes(buffer[2:end]).split(b"\r\n")
        del buffer[: end + 4]
        self._events.append(_part(lines))
        self._state = _State.BODY
        # Content may be nothing: then the delimiter, which begins with a line break, follows at once.
        return True


def _part(lines: list[bytes]) -> PartBegan:
    headers = {}
    for line in lines:
        field, colon, value = line.partition(b":")
        if not colon or _CONTROL.search(line):
            raise MalformedFormError("a part has a header that is none")
        headers[field.strip().lower()] = value.strip()
    disposition = headers.get(b"content-disposition", b"")
    if disposition.partition(b";")[0].strip().lower() != b"form-data":
        raise MalformedFormError("a part has no content-disposition: form-data")
    parameters = {
        found[1].lower(): found[2] if found[2] is not None else found[3]
        for found in _PARAMETER.finditer(disposition)
    }
    try:
        name = re.sub(rb"\\(.)", rb"\1", parameters[b"name"]).decode()
    except (KeyError, UnicodeDecodeError):
        raise MalformedFormError("a part has no name") from None
    filename = parameters.get(b"filename", b"")
    if not filename and b"filename*" in parameters:
        filename = _plain_filename(parameters[b"filename*"])
    return PartBegan(name, filename, headers.get(b"content-type", b""))


def _plain_filename(extended: bytes) -> bytes:
    """Give ``UTF-8''a%20b`` (RFC 8187) as it stands between quotes."""
    plain = unquote_to_bytes(extended.rpartition(b"'")[2])
    return plain.replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
