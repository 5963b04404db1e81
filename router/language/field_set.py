"""Field sets: the ``fields:`` text of @key, @requires and @provides, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from graphql import GraphQLSyntaxError, parse, print_ast
from graphql.language import (
    FieldNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


class FieldSetSyntaxError(ValueError):
    """The text is not a field set; the message is graphql-core's, without its location."""


@dataclass(frozen=True, slots=True)
class FieldSetField:
    """One selected field."""

    name: str
    selections: tuple[FieldSetSelection, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    """Name and printed value, in the order written."""
    alias: str | None = None
    has_directives: bool = False

    def __str__(self) -> str:
        text = f"{self.alias}: {self.name}" if self.alias else self.name
        if self.arguments:
            text += "(" + ", ".join(f"{name}: {value}" for name, value in self.arguments) + ")"
        if self.selections:
            text += " { " + print_selections(self.selections) + " }"
        return text


@dataclass(frozen=True, slots=True)
class FieldSetFragment:
    """An inline fragment; without a type condition it only groups."""

    type_condition: str | None
    selections: tuple[FieldSetSelection, ...]
    has_directives: bool = False

    def __str__(self) -> str:
        on = f"... on {self.type_condition}" if self.type_condition else "..."
        return f"{on} {{ {print_selections(self.selections)} }}"


FieldSetSelection: TypeAlias = FieldSetField | FieldSetFragment


@dataclass(frozen=True, slots=True)
class FieldSet:
    """A parsed field set.

    Invariant: ``parse_field_set(str(s)).selections == s.selections`` when no selection
    carries directives.
    """

    text: str
    """As the subgraph's author wrote it."""
    selections: tuple[FieldSetSelection, ...]

    def __str__(self) -> str:
        """The normal printing: one space between tokens, no outer braces, order kept."""
        return print_selections(self.selections)

    def walk(self) -> Iterator[FieldSetSelection]:
        """Every field and fragment, parents before children, in the order written."""
        return walk_selections(self.selections)


def print_selections(selections: tuple[FieldSetSelection, ...]) -> str:
    """The selections in normal printing, without outer braces."""
    return " ".join(map(str, selections))


def walk_selections(selections: tuple[FieldSetSelection, ...]) -> Iterator[FieldSetSelection]:
    """Every selection below and including these, parents first."""
    for selection in selections:
        yield selection
        yield from walk_selections(selection.selections)


_PLAIN_NAMES: Final = re.compile(r"[\s,]*(?:[_A-Za-z][_0-9A-Za-z]*[\s,]+)*[_A-Za-z][_0-9A-Za-z]*[\s,]*")
_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


def parse_field_set(text: str) -> FieldSet:
    """Parse a field set, with or without its outer braces.

    Cost: names only, which is nearly every key, take one regular expression instead of
    graphql-core's parser.
    Raises: FieldSetSyntaxError.
    """
    if _PLAIN_NAMES.fullmatch(text):
        return FieldSet(text, tuple(map(FieldSetField, _NAME.findall(text))))
    source = text if text.lstrip().startswith("{") else f"{{{text}}}"
    try:
        document = parse(source, no_location=True, allow_empty_selection_sets=False)
    except GraphQLSyntaxError as error:
        raise FieldSetSyntaxError(error.message) from error
    definitions = document.definitions
    if len(definitions) != 1 or not isinstance(definitions[0], OperationDefinitionNode):
        raise FieldSetSyntaxError("a field set is one selection set.")
    return FieldSet(text, _selections(definitions[0].selection_set))


def _selections(node: SelectionSetNode | None) -> tuple[FieldSetSelection, ...]:
    if node is None:
        return ()
    return tuple(_selection(child) for child in node.selections)


def _selection(node: object) -> FieldSetSelection:
    if isinstance(node, FieldNode):
        return FieldSetField(
            name=node.name.value,
            selections=_selections(node.selection_set),
            arguments=tuple((a.name.value, print_ast(a.value)) for a in node.arguments or ()),
            alias=node.alias.value if node.alias else None,
            has_directives=bool(node.directives),
        )
    if isinstance(node, InlineFragmentNode):
        return FieldSetFragment(
            type_condition=node.type_condition.name.value if node.type_condition else None,
            selections=_selections(node.selection_set),
            has_directives=bool(node.directives),
        )
    raise FieldSetSyntaxError("a field set has fields and inline fragments only.")
