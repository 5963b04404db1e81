"""Every applied directive exists, may stand where it stands, and has the arguments it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import INVALID_GRAPHQL
from router.federation.directives import BUILT_IN_DIRECTIVES, FEDERATION_DIRECTIVES, LATER
from router.federation.subgraph import (
    Applied,
    AppliedDirective,
    Element,
    EnumValue,
    FieldDefinition,
    Kind,
    Subgraph,
    TypeDefinition,
)

_TYPE_LOCATIONS: Final = {
    Kind.SCALAR: "SCALAR",
    Kind.OBJECT: "OBJECT",
    Kind.INTERFACE: "INTERFACE",
    Kind.UNION: "UNION",
    Kind.ENUM: "ENUM",
    Kind.INPUT: "INPUT_OBJECT",
}


@dataclass(frozen=True, slots=True)
class _Shape:
    locations: frozenset[str]
    arguments: Mapping[str, bool]
    """Name of each argument, and whether it is required."""
    is_repeatable: bool


_KNOWN: Final = {
    name: _Shape(
        spec.locations,
        {argument: expected.is_required for argument, expected in spec.arguments.items()},
        spec.is_repeatable,
    )
    for name, spec in {**BUILT_IN_DIRECTIVES, **FEDERATION_DIRECTIVES}.items()
}

_CHANGED: Final = frozenset(name for name, _ in LATER)


def directives_are_known(source: Source) -> Iterator[CompositionError]:
    """A misspelt directive would otherwise be dropped in silence.

    Code: INVALID_GRAPHQL.
    """
    yield from _check(source, source.subgraph.schema_directives, "SCHEMA", "schema")
    for element in source.subgraph.elements():
        if element.directives:
            yield from _check(source, element.directives, _location(element), element.coordinate)


def _location(element: Element) -> str:
    if isinstance(element, TypeDefinition):
        return _TYPE_LOCATIONS[element.kind]
    if isinstance(element, FieldDefinition):
        return "FIELD_DEFINITION"
    if isinstance(element, EnumValue):
        return "ENUM_VALUE"
    return "ARGUMENT_DEFINITION" if "(" in element.coordinate else "INPUT_FIELD_DEFINITION"


def _check(source: Source, directives: Applied, location: str, coordinate: str) -> Iterator[CompositionError]:
    seen: set[str] = set()
    for use in directives:
        shape = _shape(source.subgraph, use)
        if shape is None:
            hint = _suggestion(source.subgraph, use.written)
            message = f'Unknown directive "@{use.written}".{hint}'
            yield source.error(INVALID_GRAPHQL, message, coordinate, use)
            continue
        for fault in _faults(use, shape, location, seen):
            yield source.error(INVALID_GRAPHQL, fault, coordinate, use)
        seen.add(use.written)


def _shape(subgraph: Subgraph, use: AppliedDirective) -> _Shape | None:
    if use.is_known:
        return _later(subgraph, use.name) if use.name in _CHANGED else _KNOWN[use.name]
    definition = subgraph.directives.get(use.written)
    if definition is None:
        return None
    return _Shape(
        frozenset(definition.locations),
        {name: argument.is_required for name, argument in definition.arguments.items()},
        definition.is_repeatable,
    )


def _later(subgraph: Subgraph, name: str) -> _Shape:
    """The directive as the subgraph's version of federation has it."""
    shape = _KNOWN[name]
    lacking = {what for (of, what), since in LATER.items() if of == name and subgraph.version < since}
    arguments = {
        argument: is_required for argument, is_required in shape.arguments.items() if argument not in lacking
    }
    return _Shape(shape.locations, arguments, shape.is_repeatable and "repeatable" not in lacking)


def _faults(use: AppliedDirective, shape: _Shape, location: str, seen: set[str]) -> Iterator[str]:
    if location not in shape.locations:
        yield f'Directive "@{use.written}" may not be used on {location}.'
    if use.written in seen and not shape.is_repeatable:
        yield f'The directive "@{use.written}" can only be used once at this location.'
    for name in use.arguments:
        if name not in shape.arguments:
            yield f'Unknown argument "{name}" on directive "@{use.written}".'
    for name, is_required in shape.arguments.items():
        if is_required and name not in use.arguments:
            yield f'Directive "@{use.written}" argument "{name}" is required, but it was not provided.'


def _suggestion(subgraph: Subgraph, name: str) -> str:
    spec = FEDERATION_DIRECTIVES.get(name.removeprefix("federation__"))
    if spec is None:
        return " Define it, or @link the specification that does."
    if subgraph.is_federation_1:
        return (
            f' "@{spec.name}" needs federation 2: @link to https://specs.apollo.dev/federation and import it.'
        )
    since = f"v{spec.since[0]}.{spec.since[1]}"
    return f' Import "@{spec.name}" in the federation @link, which must be {since} or newer.'
