"""What an SDL text says, definition by definition, as written.

Lighter than graphql-core's AST: names are strings, a type reference is a tuple, a position is an offset that
`SdlDocument.position` turns into line and column when somebody asks.  Constant values are graphql-core's nodes
without locations.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from graphql.language import ValueNode


class Position(NamedTuple):
    """Where something is in an SDL text; both count from one."""

    line: int
    column: int


SdlType: TypeAlias = tuple[str, tuple[bool, ...]]
"""Name, and per list level whether null is forbidden: ``[Int!]`` is ``("Int", (False, True))``."""


class SdlName(NamedTuple):
    """A name that refers to a type: a member, an interface, a root."""

    name: str
    start: int


class SdlDirective(NamedTuple):
    """One applied directive; ``start`` is where its name begins, after the ``@``."""

    name: str
    start: int
    arguments: tuple[tuple[str, ValueNode], ...]


class SdlInput(NamedTuple):
    """An argument or input field."""

    name: str
    start: int
    description: str | None
    type: SdlType
    default: ValueNode | None
    directives: tuple[SdlDirective, ...]


class SdlField(NamedTuple):
    """A field of an object type or interface."""

    name: str
    start: int
    description: str | None
    arguments: tuple[SdlInput, ...]
    type: SdlType
    directives: tuple[SdlDirective, ...]


class SdlEnumValue(NamedTuple):
    """A value of an enum."""

    name: str
    start: int
    description: str | None
    directives: tuple[SdlDirective, ...]


class SdlTypeBlock(NamedTuple):
    """A type definition or extension; what its kind does not have is empty."""

    keyword: str
    """``type``, ``interface``, ``union``, ``enum``, ``input`` or ``scalar``."""
    is_extension: bool
    name: str
    start: int
    description: str | None
    directives: tuple[SdlDirective, ...]
    interfaces: tuple[SdlName, ...] = ()
    fields: tuple[SdlField, ...] = ()
    members: tuple[SdlName, ...] = ()
    values: tuple[SdlEnumValue, ...] = ()
    inputs: tuple[SdlInput, ...] = ()


class SdlSchemaBlock(NamedTuple):
    """``schema`` or ``extend schema``."""

    is_extension: bool
    start: int
    description: str | None
    directives: tuple[SdlDirective, ...]
    roots: tuple[tuple[str, SdlName], ...]
    """``query``, ``mutation`` or ``subscription``, and the type."""


class SdlDirectiveDefinition(NamedTuple):
    """``directive @…``."""

    name: str
    start: int
    description: str | None
    arguments: tuple[SdlInput, ...]
    directives: tuple[SdlDirective, ...]
    is_repeatable: bool
    locations: tuple[str, ...]


class SdlDirectiveExtension(NamedTuple):
    """``extend directive @…``."""

    name: str
    start: int
    directives: tuple[SdlDirective, ...]


SdlDefinition: TypeAlias = SdlTypeBlock | SdlSchemaBlock | SdlDirectiveDefinition | SdlDirectiveExtension


@dataclass(frozen=True, slots=True)
class SdlDocument:
    """One SDL text, parsed."""

    definitions: tuple[SdlDefinition, ...]
    line_starts: tuple[int, ...]
    """Offset of each line's first character."""

    def position(self, start: int) -> Position:
        """Line and column of an offset."""
        return position(self.line_starts, start)


def position(line_starts: tuple[int, ...], start: int) -> Position:
    """Line and column of an offset in a text whose lines start at these offsets."""
    line = bisect_right(line_starts, start)
    return Position(line, start - line_starts[line - 1] + 1)
