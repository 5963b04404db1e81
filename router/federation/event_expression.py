"""Conditions and channel templates of ``@eventSource``: what they may say, and what they come to.

    condition  = either { "||" either }
    either     = not { "&&" not }
    not        = "!" not | comparison
    comparison = operand [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in") operand ]
    operand    = "text" | 'text' | number | true | false | null | name | "(" condition ")"
    name       = ("args" | "claims" | "event") { "." word }
    template   = text with {name} in it, without event

Only ``true`` is true.  What is not there (or null) equals nothing but the literal ``null``, not even what else is not
there: a claim that is missing never lets anybody in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Values: TypeAlias = Mapping[str, Any]
"""By root: ``args``, ``claims``, ``event``."""
Evaluate: TypeAlias = Callable[[Values], Any]
Path: TypeAlias = tuple[str, ...]
"""The root first."""

ROOTS: Final = ("args", "claims", "event")
_MAX_CHARS: Final = 2000
_MAX_DEPTH: Final = 50
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_:/-]+)*"
_TOKEN: Final = re.compile(
    rf"""\s*(?:
        (?P<text>"[^"]*"|'[^']*')
      | (?P<number>-?\d{{1,300}}(?:\.\d{{1,300}})?)
      | (?P<name>{_NAME})
      | (?P<sign>\|\||&&|==|!=|<=|>=|<|>|!|\(|\))
    )""",
    re.VERBOSE,
)
_LITERALS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None}
_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_FORBIDDEN: Final = frozenset("*?[]>{}\\")
"""What brokers take for patterns."""
_SEPARATORS: Final = frozenset(":./|")


class EventExpressionError(ValueError):
    """The text is no condition or template; the message says why."""


class ChannelError(Exception):
    """A value cannot stand in a channel's name; the message says which."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True)
class Condition:
    """A checked condition; equal when their texts are."""

    text: str

    def __post_init__(self) -> None:
        """Raises: EventExpressionError."""
        self.compiled()

    def compiled(self) -> Callable[[Values], bool]:
        """Give it as a function."""
        evaluate = _parsed(self.text)[0]
        return lambda values: evaluate(values) is True

    @property
    def paths(self) -> tuple[Path, ...]:
        """What it reads."""
        return tuple(_parsed(self.text)[1])


@dataclass(frozen=True)
class Template:
    """A checked template of a channel's name."""

    text: str

    def __post_init__(self) -> None:
        """Raises: EventExpressionError."""
        if not self.text:
            raise EventExpressionError("the channel has no name")
        for part in self._parts():
            if isinstance(part, str) and ("{" in part or "}" in part):
                raise EventExpressionError(f'"{part}" has a brace without its other half')

    @property
    def paths(self) -> tuple[Path, ...]:
        """What it reads."""
        return tuple(part for part in self._parts() if not isinstance(part, str))

    def filled(self, values: Values) -> str:
        """Give the name.

        A value may hold neither what brokers take for a pattern nor a separator that the template itself has, so that
        nobody names his way into a channel of another shape.
        Raises: ChannelError.
        """
        literal = "".join(part for part in self._parts() if isinstance(part, str))
        refused = _FORBIDDEN | (_SEPARATORS & frozenset(literal))
        return "".join(
            part if isinstance(part, str) else _piece(part, value_at(part, values), refused)
            for part in self._parts()
        )

    def _parts(self) -> Iterator[str | Path]:
        end = 0
        for hole in _HOLE.finditer(self.text):
            if hole.start() > end:
                yield self.text[end : hole.start()]
            yield _path(hole[1].strip(), ("args", "claims"))
            end = hole.end()
        if end < len(self.text):
            yield self.text[end:]


def value_at(path: Path, values: Values) -> Any:
    """Give what a path leads to; None where there is nothing.  A claim may have dots in its name."""
    root, *names = path
    value = values.get(root)
    if root == "claims" and isinstance(value, Mapping) and ".".join(names) in value:
        return value[".".join(names)]
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _piece(path: Path, value: Any, refused: frozenset[str]) -> str:
    name = ".".join(path)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str) or not value:
        raise ChannelError(f"{name} has no value that can name a channel", path)
    if refused & frozenset(value) or any(char.isspace() or not char.isprintable() for char in value):
        raise ChannelError(f"{name} has a character that cannot stand in a channel's name", path)
    return value


def _path(text: str, roots: tuple[str, ...]) -> Path:
    if not re.fullmatch(_NAME, text):
        raise EventExpressionError(f'"{{{text}}}" is no name; write {{args.NAME}} or {{claims.NAME}}')
    path = tuple(text.split("."))
    if path[0] not in roots:
        raise EventExpressionError(f'"{text}" begins with none of {", ".join(roots)}')
    if len(path) < 2 and path[0] != "event":
        raise EventExpressionError(f'"{text}" does not say which')
    return path


def _parsed(text: str) -> tuple[Evaluate, list[Path]]:
    parser = _Parser(text)
    evaluate = parser.condition(0)
    parser.expect_end()
    return evaluate, parser.paths


class _Parser:
    def __init__(self, text: str) -> None:
        if len(text) > _MAX_CHARS:
            raise EventExpressionError(f"the condition is longer than {_MAX_CHARS} characters")
        self.paths: list[Path] = []
        self._tokens = list(_tokens(text))
        self._at = 0

    def condition(self, depth: int) -> Evaluate:
        if depth > _MAX_DEPTH:
            raise EventExpressionError("the condition is nested too deeply")
        either = [self._all(depth)]
        while self._take("||"):
            either.append(self._all(depth))
        if len(either) == 1:
            return either[0]
        return lambda values: any(one(values) is True for one in either)

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise EventExpressionError(f'"{self._tokens[self._at][1]}" is not expected there')

    def _all(self, depth: int) -> Evaluate:
        every = [self._not(depth)]
        while self._take("&&"):
            every.append(self._not(depth))
        if len(every) == 1:
            return every[0]
        return lambda values: all(one(values) is True for one in every)

    def _not(self, depth: int) -> Evaluate:
        if depth > _MAX_DEPTH:
            raise EventExpressionError("the condition is nested too deeply")
        if self._take("!"):
            inner = self._not(depth + 1)
            return lambda values: inner(values) is not True
        return self._comparison(depth)

    def _comparison(self, depth: int) -> Evaluate:
        left, is_null = self._operand(depth)
        for sign, compare in _COMPARISONS.items():
            if self._take(sign):
                right, other_is_null = self._operand(depth)
                if (is_null or other_is_null) and sign in ("==", "!="):
                    is_equal = sign == "=="
                    return lambda values: (left(values) is None and right(values) is None) is is_equal
                return lambda values: compare(left(values), right(values))
        return left

    def _operand(self, depth: int) -> tuple[Evaluate, bool]:
        if self._take("("):
            inner = self.condition(depth + 1)
            if not self._take(")"):
                raise EventExpressionError("a parenthesis is not closed")
            return inner, False
        if self._at == len(self._tokens):
            raise EventExpressionError("the condition ends where a value should stand")
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "name" and text not in _LITERALS:
            path = _path(text, ROOTS)
            self.paths.append(path)
            return (lambda values: value_at(path, values)), False
        if kind == "sign":
            raise EventExpressionError(f'"{text}" stands where a value should')
        constant = _constant(kind, text)
        return (lambda _values: constant), constant is None

    def _take(self, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] in (("sign", text), ("name", text)):
            self._at += 1
            return True
        return False


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise EventExpressionError(f'"{text[at:end].strip()[:20]}" is not understood')
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()


def _constant(kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1]
    if kind == "number":
        return float(text) if "." in text else int(text)
    return _LITERALS[text]


def _equal(left: Any, right: Any) -> bool:
    """Compare; a number equals its text, since an ``ID`` is text and a claim may be a number."""
    if left is None or right is None:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, int):
        return left == str(right)
    if isinstance(left, int) and isinstance(right, str):
        return str(left) == right
    return bool(left == right)


def _ordered(left: Any, right: Any, sign: str) -> bool:
    both = (left, right)
    if not (
        all(isinstance(one, str) for one in both)
        or all(isinstance(one, int | float) and not isinstance(one, bool) for one in both)
    ):
        return False
    if sign == "<":
        return bool(left < right)
    return bool(left <= right)


def _in(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(_equal(left, one) for one in right)


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<=": lambda left, right: _ordered(left, right, "<="),
    ">=": lambda left, right: _ordered(right, left, "<="),
    "<": lambda left, right: _ordered(left, right, "<"),
    ">": lambda left, right: _ordered(right, left, "<"),
    "in": _in,
}
