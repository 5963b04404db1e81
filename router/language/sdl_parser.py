"""SDL text to `SdlDocument`: the type system half of GraphQL's grammar, by recursive descent.

An own parser because composition reads hundreds of subgraphs at once and graphql-core's takes most of that time:
it makes a linked token and several nodes with locations for what here is one tuple.  It accepts what graphql-core
accepts, and says the same about what it does not: a test holds the two side by side.
Spec: GraphQL September 2025, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from graphql.language import DirectiveLocation

from router.language.sdl_lexer import NAME_START, SdlSyntaxError, line_starts
from router.language.sdl_nodes import (
    SdlDefinition,
    SdlDirectiveDefinition,
    SdlDirectiveExtension,
    SdlDocument,
    SdlEnumValue,
    SdlField,
    SdlInput,
    SdlName,
    SdlSchemaBlock,
    SdlTypeBlock,
)
from router.language.sdl_values import SdlReader

T = TypeVar("T")

_TYPES: Final = frozenset({"type", "interface", "union", "enum", "input", "scalar"})
_EXECUTABLE: Final = frozenset({"{", "query", "mutation", "subscription", "fragment"})
_ROOTS: Final = frozenset({"query", "mutation", "subscription"})
_LOCATIONS: Final = frozenset(DirectiveLocation.__members__)


def parse_sdl(text: str) -> SdlDocument:
    """Parse type system definitions and extensions.

    Cost: linear in the text.
    Raises: SdlSyntaxError, also for operations and for nesting beyond `MAX_DEPTH`.
    """
    return SdlDocument(_Parser(text).definitions(), line_starts(text))


class _Parser(SdlReader):
    def definitions(self) -> tuple[SdlDefinition, ...]:
        found = [self._definition()]
        while self.tokens[self.at]:
            found.append(self._definition())
        return tuple(found)

    def _definition(self) -> SdlDefinition:
        first = self.at
        description = self.description()
        keyword = self.tokens[self.at]
        if keyword in _TYPES:
            self.at += 1
            return self._type(keyword, description, is_extension=False)
        if keyword == "schema":
            self.at += 1
            return self._schema(self.starts[first], description, is_extension=False)
        if keyword == "directive":
            self.at += 1
            return self._directive_definition(description)
        if keyword in _EXECUTABLE:
            message = "SDL has type system definitions only; remove operations and fragments."
            raise SdlSyntaxError(message, self.position(self.at))
        if keyword == "extend" and description is None:
            return self._extension()
        raise self._misplaced(first)

    def _misplaced(self, first: int) -> SdlSyntaxError:
        """The error for what begins no definition, perhaps after a description."""
        described = first != self.at
        if described and self.tokens[self.at][:1].isalpha():
            message = "Unexpected description, only GraphQL definitions support descriptions."
            return SdlSyntaxError(f"Syntax Error: {message}", self.position(first))
        return self.unexpected()

    def _extension(self) -> SdlDefinition:
        first = self.at
        keyword = self.tokens[first + 1]
        self.at += 2
        if keyword in _TYPES:
            return self._type(keyword, None, is_extension=True)
        if keyword == "schema":
            return self._schema(self.starts[first], None, is_extension=True)
        if keyword != "directive":
            raise self.unexpected(first + 1)
        self.expect("@")
        named = self.named()
        directives = self.directives()
        if not directives:
            raise self.unexpected()
        return SdlDirectiveExtension(named.name, named.start, directives)

    def _schema(self, start: int, description: str | None, *, is_extension: bool) -> SdlSchemaBlock:
        directives = self.directives()
        if is_extension and self.tokens[self.at] != "{":
            if not directives:
                raise self.unexpected()
            return SdlSchemaBlock(True, start, None, directives, ())
        self.expect("{")
        roots = [self._root()]
        while not self.skips("}"):
            roots.append(self._root())
        return SdlSchemaBlock(is_extension, start, description, directives, tuple(roots))

    def _root(self) -> tuple[str, SdlName]:
        index = self.at
        operation = self.name()
        if operation not in _ROOTS:
            raise self.unexpected(index)
        self.expect(":")
        return operation, self.named()

    def _type(self, keyword: str, description: str | None, *, is_extension: bool) -> SdlTypeBlock:
        name, start = self.named()
        interfaces: tuple[SdlName, ...] = ()
        if keyword in {"type", "interface"} and self.skips("implements"):
            interfaces = self._delimited("&", self.named)
        block = SdlTypeBlock(keyword, is_extension, name, start, description, self.directives(), interfaces)
        block = self._content(block)
        # Of a definition everything but its name may be missing; an extension must add something.
        if is_extension and not any((block.directives, interfaces, *block[7:])):
            raise self.unexpected()
        return block

    def _content(self, block: SdlTypeBlock) -> SdlTypeBlock:
        keyword = block.keyword
        if keyword == "union":
            return block._replace(members=self._delimited("|", self.named)) if self.skips("=") else block
        if keyword == "scalar" or self.tokens[self.at] != "{":
            return block
        self.at += 1
        if keyword == "enum":
            return block._replace(values=self._until("}", self._enum_value))
        if keyword == "input":
            return block._replace(inputs=self._until("}", self._input))
        return block._replace(fields=self._fields())

    def _fields(self) -> tuple[SdlField, ...]:
        """Fields up to and over the brace; ``name: Type`` alone, which most are, without a call."""
        tokens, starts, at = self.tokens, self.starts, self.at
        found: list[SdlField] = []
        while tokens[at] != "}" or not found:
            name = tokens[at]
            if name[:1] in NAME_START and tokens[at + 1] == ":" and tokens[at + 2][:1] in NAME_START:
                is_required = tokens[at + 3] == "!"
                if tokens[at + 3 + is_required] != "@":
                    type_ = (tokens[at + 2], (is_required,))
                    found.append(SdlField(name, starts[at], None, (), type_, ()))
                    at += 3 + is_required
                    continue
            self.at = at
            found.append(self._field())
            at = self.at
        self.at = at + 1
        return tuple(found)

    def _until(self, close: str, parse: Callable[[], T]) -> tuple[T, ...]:
        """One or more, up to and over the closing token."""
        found = [parse()]
        append, tokens = found.append, self.tokens
        while tokens[self.at] != close:
            append(parse())
        self.at += 1
        return tuple(found)

    def _delimited(self, delimiter: str, parse: Callable[[], T]) -> tuple[T, ...]:
        """One or more with the delimiter between them, and perhaps before the first."""
        self.skips(delimiter)
        found = [parse()]
        while self.skips(delimiter):
            found.append(parse())
        return tuple(found)

    def _field(self) -> SdlField:
        tokens = self.tokens
        description = self.description() if tokens[self.at][:1] == '"' else None
        start = self.starts[self.at]
        name = self.name()
        arguments: tuple[SdlInput, ...] = ()
        if tokens[self.at] == "(":
            self.at += 1
            arguments = self._until(")", self._input)
        if tokens[self.at] != ":":
            raise self.expected("':'")
        self.at += 1
        return SdlField(name, start, description, arguments, self.type_ref(), self.directives())

    def _input(self) -> SdlInput:
        tokens = self.tokens
        description = self.description() if tokens[self.at][:1] == '"' else None
        start = self.starts[self.at]
        name = self.name()
        if tokens[self.at] != ":":
            raise self.expected("':'")
        self.at += 1
        type_ = self.type_ref()
        default = self.value() if self.skips("=") else None
        return SdlInput(name, start, description, type_, default, self.directives())

    def _enum_value(self) -> SdlEnumValue:
        description = self.description()
        start = self.starts[self.at]
        if self.tokens[self.at] in {"true", "false", "null"}:
            message = f"Name '{self.tokens[self.at]}' is reserved and cannot be used for an enum value."
            raise SdlSyntaxError(f"Syntax Error: {message}", self.position(self.at))
        return SdlEnumValue(self.name(), start, description, self.directives())

    def _directive_definition(self, description: str | None) -> SdlDirectiveDefinition:
        self.expect("@")
        name, start = self.named()
        arguments = self._until(")", self._input) if self.skips("(") else ()
        directives = self.directives()
        is_repeatable = self.skips("repeatable")
        self.expect("on")
        locations = self._delimited("|", self._location)
        return SdlDirectiveDefinition(
            name, start, description, arguments, directives, is_repeatable, locations
        )

    def _location(self) -> str:
        index = self.at
        name = self.name()
        if name not in _LOCATIONS:
            raise self.unexpected(index)
        return name
