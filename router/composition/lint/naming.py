"""How things are named.  Case is what the language's own tools and most schemas use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from router.composition.lint.finding import Find, Spot
from router.federation.subgraph import InputValue, Kind, Subgraph, TypeDefinition

_CAMEL: Final = re.compile(r"_?[a-z][a-zA-Z0-9]*")
_PASCAL: Final = re.compile(r"_?[A-Z][a-zA-Z0-9]*")
_SCREAMING: Final = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|\d+")
_VERBS: Final = re.compile(r"(get|list|post|put|patch)([A-Z_].*)")


def camel(name: str) -> str:
    """The name in camelCase."""
    first, *others = _words(name)
    return first.lower() + "".join(word.capitalize() for word in others)


def pascal(name: str) -> str:
    """The name in PascalCase."""
    return "".join(word.capitalize() for word in _words(name))


def screaming(name: str) -> str:
    """The name in SCREAMING_SNAKE_CASE."""
    return "_".join(word.upper() for word in _words(name))


def _words(name: str) -> list[str]:
    return [match.group() for match in _WORDS.finditer(name)] or [name]


def type_names(subgraph: Subgraph) -> Iterator[Spot]:
    """Types are PascalCase."""
    for type_ in subgraph.types.values():
        if not _PASCAL.fullmatch(type_.name):
            yield Spot(type_.name, type_.at, f"Name the type {pascal(type_.name)} instead of {type_.name}")


def field_names(subgraph: Subgraph) -> Iterator[Spot]:
    """Fields are camelCase."""
    for type_ in subgraph.types.values():
        for field in type_.fields.values():
            if not _CAMEL.fullmatch(field.name) and not field.is_external:
                yield Spot(
                    field.coordinate, field.at, f"Name the field {camel(field.name)} instead of {field.name}"
                )


def input_field_names(subgraph: Subgraph) -> Iterator[Spot]:
    """Input fields are camelCase."""
    for type_ in subgraph.types.values():
        yield from _camel_inputs("input field", type_.inputs.values())


def argument_names(subgraph: Subgraph) -> Iterator[Spot]:
    """Arguments are camelCase."""
    for type_ in subgraph.types.values():
        for field in type_.fields.values():
            yield from _camel_inputs("argument", field.arguments.values())


def _camel_inputs(noun: str, values: Iterable[InputValue]) -> Iterator[Spot]:
    for value in values:
        if not _CAMEL.fullmatch(value.name):
            message = f"Name the {noun} {camel(value.name)} instead of {value.name}"
            yield Spot(value.coordinate, value.at, message)


def enum_values(subgraph: Subgraph) -> Iterator[Spot]:
    """Enum values are SCREAMING_SNAKE_CASE."""
    for type_ in subgraph.types.values():
        for value in type_.values.values():
            if not _SCREAMING.fullmatch(value.name):
                message = f"Name the enum value {screaming(value.name)} instead of {value.name}"
                yield Spot(value.coordinate, value.at, message)


def verbs_in_queries(subgraph: Subgraph) -> Iterator[Spot]:
    """A query says what it gives, and not by which verb."""
    query = subgraph.types.get("Query")
    for field in () if query is None else query.fields.values():
        verb = _VERBS.fullmatch(field.name)
        if verb is not None:
            rest = verb[2].lstrip("_")
            message = (
                f"Name the field {rest[:1].lower() + rest[1:]} instead of {field.name}: a query needs no verb"
            )
            yield Spot(field.coordinate, field.at, message)


def input_suffix(subgraph: Subgraph) -> Iterator[Spot]:
    """Input types end with Input."""
    for type_ in _of_kind(subgraph, Kind.INPUT):
        if not type_.name.endswith("Input"):
            yield Spot(type_.name, type_.at, f"Name the input type {type_.name}Input instead of {type_.name}")


def without_affix(kind: Kind, word: str) -> Find:
    """Make a rule against names that repeat what kind of type they stand for."""

    def find(subgraph: Subgraph) -> Iterator[Spot]:
        for type_ in _of_kind(subgraph, kind):
            name = type_.name
            if name == word or not (name.startswith(word) or name.endswith(word)):
                continue
            if name.startswith(word) and not name[len(word)].isupper() and not name.endswith(word):
                continue  # Objective, Enumeration
            plain = name[len(word) :] if name.startswith(word) else name[: -len(word)]
            yield Spot(
                name, type_.at, f"Name the type {plain} instead of {name}: what kind it is, everybody sees"
            )

    return find


def _of_kind(subgraph: Subgraph, kind: Kind) -> Iterator[TypeDefinition]:
    return (type_ for type_ in subgraph.types.values() if type_.kind is kind)
