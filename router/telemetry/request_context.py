"""Which request is being answered: its id, for log lines, error entries and the response's header.

Set once per request in its own task; tasks started for it see the same.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

REQUEST_ID_HEADER: Final = b"x-request-id"

_SANE_ID: Final = re.compile(rb"[A-Za-z0-9._~+/=:@-]{1,128}")
_TRACE_PARENT: Final = re.compile(rb"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


class RequestContext:
    """What tells one request from all others.  Made for every request, read for few: so nothing is worked out yet."""

    __slots__ = ("_id", "trace_parent")

    def __init__(self, id_: bytes, trace_parent: bytes | None = None) -> None:
        self._id = id_
        self.trace_parent = trace_parent
        """The caller's ``traceparent``, as it came."""

    @property
    def id(self) -> str:
        """What log lines, errors and the response's header say."""
        return self._id.decode()

    @property
    def trace_id(self) -> str | None:
        """The caller's trace, where it named one.  Spec: W3C Trace Context, section 3.2."""
        match = None if self.trace_parent is None else _TRACE_PARENT.fullmatch(self.trace_parent)
        return None if match is None else match[1].decode()


_CURRENT: Final[ContextVar[RequestContext | None]] = ContextVar("request", default=None)


class _Process:
    """Which process gives ids."""

    prefix = secrets.token_hex(6).encode()

    @classmethod
    def begin(cls) -> None:
        """Be another than the one that this was forked from."""
        cls.prefix = secrets.token_hex(6).encode()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Process.begin)

_NUMBERS: Final = itertools.count(1)


def begin_request(headers: Mapping[bytes, bytes]) -> bytes:
    """Note which request the current task answers, and give its id.

    The caller's ``x-request-id`` is taken when it is 1 to 128 letters, digits and ``._~+/=:@-``; else one is
    made that no other process makes.
    """
    given = headers.get(REQUEST_ID_HEADER)
    if given is None or not _SANE_ID.fullmatch(given):
        given = b"%b-%x" % (_Process.prefix, next(_NUMBERS))
    _CURRENT.set(RequestContext(given, headers.get(b"traceparent")))
    return given


def current_request() -> RequestContext | None:
    """Give the request that the current task answers; None outside of one."""
    return _CURRENT.get()
