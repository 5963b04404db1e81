"""Values of inserted headers as expressions: read from the request, joined, with something else where there is nothing.

    expression = joined { "??" joined }          the first that is there
    joined     = term { "+" term }               nothing when one of them is
    term       = text | name | function "(" expression ")" | "(" expression ")"
    text       = '…' or "…"
    name       = request.header.NAME | request.header["NAME"] | claims.NAME | context.NAME
    function   = lower | upper

Nothing else can be said, so an expression can neither loop nor reach beyond these names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from router.engine.admission import Caller

CONTEXT_NAMES: Final = ("operation_name", "request_id")
"""What ``context.`` can be followed by."""

Evaluate: TypeAlias = Callable[[Caller], str | None]

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>"[^"]*"|'[^']*')
      | (?P<header>request\.headers?\[\s*(?:"(?P<quoted>[^"\]]+)"|'(?P<single>[^'\]]+)')\s*\])
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_:/-]+)*)
      | (?P<sign>\?\?|[+()])
    )""",
    re.VERBOSE,
)
_FUNCTIONS: Final[dict[str, Callable[[str], str]]] = {"lower": str.lower, "upper": str.upper}
_MAX_CHARS: Final = 2000
_MAX_DEPTH: Final = 50


class ExpressionError(ValueError):
    """The text is no expression; the message says where."""


@dataclass(frozen=True)
class Expression:
    """A checked expression; equal when their texts are."""

    text: str

    def __post_init__(self) -> None:
        """Raises: ExpressionError."""
        self.compiled()

    @property
    def reads_context(self) -> bool:
        """Whether it depends on the operation and not on the caller alone."""
        return "context." in self.text

    def compiled(self) -> Evaluate:
        """Give it as a function: of a caller, the text, or None where there is nothing."""
        parser = _Parser(self.text)
        evaluate = parser.expression(0)
        parser.expect_end()
        return evaluate


class _Parser:
    def __init__(self, text: str) -> None:
        if len(text) > _MAX_CHARS:
            raise ExpressionError(f"an expression has at most {_MAX_CHARS} characters")
        self._text = text
        self._at = 0
        self._next()

    def _next(self) -> None:
        self._token = _TOKEN.match(self._text, self._at)
        if self._token is not None:
            self._at = self._token.end()

    def _takes(self, sign: str) -> bool:
        if self._token is None or self._token["sign"] != sign:
            return False
        self._next()
        return True

    def _wrong(self, expected: str) -> ExpressionError:
        start = self._at if self._token is None else self._token.start()
        found = self._text[start:].strip()[:20]
        return ExpressionError(f"expected {expected} {'before ' + repr(found) if found else 'at the end'}")

    def expect_end(self) -> None:
        """Raises: ExpressionError when something is left."""
        if self._token is not None or self._text[self._at :].strip():
            raise self._wrong("?? or +")

    def expression(self, depth: int) -> Evaluate:
        """Read an expression."""
        if depth > _MAX_DEPTH:
            raise ExpressionError("an expression is nested too deeply")
        choices = [self._joined(depth)]
        while self._takes("??"):
            choices.append(self._joined(depth))
        if len(choices) == 1:
            return choices[0]

        def first(caller: Caller) -> str | None:
            return next((value for choice in choices if (value := choice(caller)) is not None), None)

        return first

    def _joined(self, depth: int) -> Evaluate:
        parts = [self._term(depth)]
        while self._takes("+"):
            parts.append(self._term(depth))
        if len(parts) == 1:
            return parts[0]

        def joined(caller: Caller) -> str | None:
            values = [part(caller) for part in parts]
            return None if None in values else "".join(value or "" for value in values)

        return joined

    def _term(self, depth: int) -> Evaluate:
        token = self._token
        if token is None:
            raise self._wrong("a text, a name or (")
        if self._takes("("):
            return self._closed(depth)
        if token["text"] is not None:
            self._next()
            text = token["text"][1:-1]
            return lambda _caller: text
        if token["header"] is not None:
            self._next()
            return _header(token["quoted"] or token["single"])
        if token["name"] is None:
            raise self._wrong("a text, a name or (")
        self._next()
        if self._takes("("):
            return self._called(token["name"], depth)
        return _named(token["name"])

    def _closed(self, depth: int) -> Evaluate:
        inner = self.expression(depth + 1)
        if not self._takes(")"):
            raise self._wrong(")")
        return inner

    def _called(self, name: str, depth: int) -> Evaluate:
        function = _FUNCTIONS.get(name)
        if function is None:
            raise ExpressionError(f"there is no function {name}; known are {', '.join(_FUNCTIONS)}")
        inner = self._closed(depth)

        def called(caller: Caller) -> str | None:
            value = inner(caller)
            return None if value is None else function(value)

        return called


def _named(name: str) -> Evaluate:
    for start in ("request.header.", "request.headers."):
        if name.startswith(start):
            return _header(name.removeprefix(start))
    for start in ("claims.", "request.auth.claims."):
        if name.startswith(start):
            return _claim(name.removeprefix(start))
    key = name.removeprefix("context.")
    if name != key and key in CONTEXT_NAMES:
        return lambda caller: caller.context.get(key)
    known = ", ".join(f"context.{one}" for one in CONTEXT_NAMES)
    raise ExpressionError(f"{name} is not known; known are request.header.NAME, claims.NAME, {known}")


def _header(name: str) -> Evaluate:
    wanted = name.lower().encode()

    def header(caller: Caller) -> str | None:
        value = caller.headers.get(wanted)
        if value is None:
            return None
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")

    return header


def _claim(name: str) -> Evaluate:
    return lambda caller: None if caller.claims is None else caller.claims.text(name)
