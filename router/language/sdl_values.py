"""The parts that all SDL definitions share: names, descriptions, constant values, directives."""

from __future__ import annotations

from typing import Final

from graphql.language import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
)

from router.language.sdl_lexer import (
    NAME_START,
    NUMBER_START,
    PUNCTUATORS,
    SdlSyntaxError,
    lex,
    lexical_fault,
    line_starts,
    string_value,
)
from router.language.sdl_nodes import Position, SdlDirective, SdlDocument, SdlName, SdlType

MAX_DEPTH: Final = 200
"""Of values and list types; well below Python's recursion limit, well above any real SDL."""
_NULLABLE: Final = (False,)
_REQUIRED: Final = (True,)
_LITERALS: Final[dict[str, ValueNode]] = {
    "true": BooleanValueNode(value=True),
    "false": BooleanValueNode(value=False),
    "null": NullValueNode(),
}


class SdlReader:
    """Tokens, and the place reached among them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens, self.starts = lex(text)
        self.at = 0
        # Nodes without locations are the same wherever they stand.
        self._scalars: dict[str, ValueNode] = dict(_LITERALS)

    def position(self, index: int) -> Position:
        """Where a token starts."""
        return SdlDocument((), line_starts(self.text)).position(self.starts[index])

    def expected(self, what: str) -> SdlSyntaxError:
        """The error for a token that cannot stand where it does; ``what`` could."""
        fault = self._lexical()
        return fault or self._error(f"Expected {what}, found {self._described(self.at)}.", self.at)

    def unexpected(self, index: int | None = None) -> SdlSyntaxError:
        """The error for a token that nothing can make sense of; by default the one reached."""
        self.at = self.at if index is None else index
        return self._lexical() or self._error(f"Unexpected {self._described(self.at)}.", self.at)

    def _error(self, message: str, index: int) -> SdlSyntaxError:
        return SdlSyntaxError(f"Syntax Error: {message}", self.position(index))

    def too_deep(self) -> SdlSyntaxError:
        """The error for values and list types inside one another without end."""
        return self._error("Document is nested too deeply.", self.at)

    def _lexical(self) -> SdlSyntaxError | None:
        lexeme = self.tokens[self.at]
        if not lexeme or lexeme in PUNCTUATORS or lexeme[0] in NAME_START:
            return None
        fault = lexical_fault(self.text, self.starts[self.at])
        if fault is None:
            return None
        place = fault.locations[0] if fault.locations else None
        at = Position(place.line, place.column) if place else self.position(self.at)
        return SdlSyntaxError(fault.message, at)

    def _described(self, index: int) -> str:
        lexeme = self.tokens[index]
        if not lexeme:
            return "<EOF>"
        if lexeme in PUNCTUATORS:
            return f"'{lexeme}'"
        if lexeme[0] in NAME_START:
            return f"Name '{lexeme}'"
        if lexeme[0] == '"':
            kind = "BlockString" if lexeme.startswith('"""') else "String"
            value = string_value(lexeme)
            return kind if value is None else f"{kind} '{value}'"
        is_float = any(mark in lexeme for mark in ".eE")
        return f"{'Float' if is_float else 'Int'} '{lexeme}'"

    def expect(self, lexeme: str) -> None:
        """Step over this punctuator or keyword.  Raises: SdlSyntaxError."""
        if self.tokens[self.at] != lexeme:
            raise self.expected(f"'{lexeme}'")
        self.at += 1

    def skips(self, lexeme: str) -> bool:
        """Step over the token if it is this one, and say so."""
        if self.tokens[self.at] != lexeme:
            return False
        self.at += 1
        return True

    def name(self) -> str:
        """A name.  Raises: SdlSyntaxError."""
        lexeme = self.tokens[self.at]
        if lexeme[:1] not in NAME_START:
            raise self.expected("Name")
        self.at += 1
        return lexeme

    def named(self) -> SdlName:
        """A name that refers to a type.  Raises: SdlSyntaxError."""
        start = self.starts[self.at]
        return SdlName(self.name(), start)

    def is_string(self) -> bool:
        """Whether a string token is reached; a stray quote is none."""
        lexeme = self.tokens[self.at]
        return lexeme[:1] == '"' and len(lexeme) > 1

    def description(self) -> str | None:
        """The description, if there is one."""
        if not self.is_string():
            return None
        return self._string()

    def _string(self) -> str:
        value = string_value(self.tokens[self.at])
        if value is None:
            raise self.unexpected()
        self.at += 1
        return value

    def type_ref(self) -> SdlType:
        """A type reference.  Raises: SdlSyntaxError."""
        tokens, at = self.tokens, self.at
        lexeme = tokens[at]
        if lexeme[:1] in NAME_START:
            if tokens[at + 1] == "!":
                self.at = at + 2
                return lexeme, _REQUIRED
            self.at = at + 1
            return lexeme, _NULLABLE
        depth = 0
        while self.skips("["):
            depth += 1
        if depth > MAX_DEPTH:
            raise self.too_deep()
        name = self.name()
        required = [self.skips("!")]
        for _ in range(depth):
            self.expect("]")
            required.append(self.skips("!"))
        return name, tuple(reversed(required))

    def value(self, depth: int = 0) -> ValueNode:
        """A constant value.  Raises: SdlSyntaxError."""
        lexeme = self.tokens[self.at]
        known = self._scalars.get(lexeme)
        if known is not None:
            self.at += 1
            return known
        if depth > MAX_DEPTH:
            raise self.too_deep()
        if lexeme == "[":
            return self._list(depth)
        if lexeme == "{":
            return self._object(depth)
        return self._scalar(lexeme)

    def _scalar(self, lexeme: str) -> ValueNode:
        node: ValueNode
        start = lexeme[:1]
        if start in NAME_START:
            self.at += 1
            node = EnumValueNode(value=lexeme)
        elif self.is_string():
            node = StringValueNode(value=self._string())
        elif start in NUMBER_START and self._lexical() is None:
            self.at += 1
            is_float = any(mark in lexeme for mark in ".eE")
            node = FloatValueNode(value=lexeme) if is_float else IntValueNode(value=lexeme)
        elif lexeme == "$" and self.tokens[self.at + 1][:1] in NAME_START:
            name = self.tokens[self.at + 1]
            raise self._error(f"Unexpected variable '${name}' in constant value.", self.at)
        else:
            raise self.unexpected()
        self._scalars[lexeme] = node
        return node

    def _list(self, depth: int) -> ValueNode:
        self.at += 1
        values: list[ValueNode] = []
        while not self.skips("]"):
            values.append(self.value(depth + 1))
        return ListValueNode(values=tuple(values))

    def _object(self, depth: int) -> ValueNode:
        self.at += 1
        fields: list[ObjectFieldNode] = []
        while not self.skips("}"):
            name = self.name()
            self.expect(":")
            fields.append(ObjectFieldNode(name=NameNode(value=name), value=self.value(depth + 1)))
        return ObjectValueNode(fields=tuple(fields))

    def directives(self) -> tuple[SdlDirective, ...]:
        """Applied directives, as many as there are.  Raises: SdlSyntaxError."""
        tokens = self.tokens
        if tokens[self.at] != "@":
            return ()
        nodes: list[SdlDirective] = []
        while tokens[self.at] == "@":
            self.at += 1
            start = self.starts[self.at]
            name = self.name()
            nodes.append(SdlDirective(name, start, self._arguments() if tokens[self.at] == "(" else ()))
        return tuple(nodes)

    def _arguments(self) -> tuple[tuple[str, ValueNode], ...]:
        self.at += 1
        found: list[tuple[str, ValueNode]] = []
        while True:
            name = self.name()
            self.expect(":")
            found.append((name, self.value()))
            if self.skips(")"):
                return tuple(found)
