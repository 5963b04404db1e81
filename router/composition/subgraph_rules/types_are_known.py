"""Every type that is named exists, and suits the place where it is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Placed, Source
from router.federation.codes import INVALID_GRAPHQL
from router.federation.directives import MACHINERY_TYPES
from router.federation.read import BUILT_IN_SCALARS
from router.federation.subgraph import InputValue, Kind, TypeDefinition

_INPUT: Final = frozenset({Kind.SCALAR, Kind.ENUM, Kind.INPUT})


def types_are_known(source: Source) -> Iterator[CompositionError]:
    """Nothing can be said about a schema that names what it does not have.

    Code: INVALID_GRAPHQL.
    """
    outputs, inputs = _fitting(source, is_input=False), _fitting(source, is_input=True)
    for type_ in source.subgraph.types.values():
        for interface in type_.interfaces.values():
            yield from _expect(source, interface.name, Kind.INTERFACE, type_, interface)
        for member in type_.members.values():
            yield from _expect(source, member.name, Kind.OBJECT, type_, member)
        for field in type_.fields.values():
            if field.type.name not in outputs:
                yield from _check(source, field.type.name, field.coordinate, field, is_input=False)
            if field.arguments:
                yield from _check_arguments(source, field.arguments, inputs)
        for item in type_.inputs.values():
            yield from _check(source, item.type.name, item.coordinate, item, is_input=True)
    for directive in source.subgraph.directives.values():
        yield from _check_arguments(source, directive.arguments, inputs)


def _check_arguments(
    source: Source, arguments: Mapping[str, InputValue], inputs: frozenset[str]
) -> Iterator[CompositionError]:
    for argument in arguments.values():
        if argument.type.name not in inputs:
            yield from _check(source, argument.type.name, argument.coordinate, argument, is_input=True)


def _fitting(source: Source, *, is_input: bool) -> frozenset[str]:
    """Names that `_check` finds nothing wrong with."""
    types = source.subgraph.types.values()
    own = (t.name for t in types if (t.kind in _INPUT if is_input else t.kind is not Kind.INPUT))
    return BUILT_IN_SCALARS.union(own)


def _check(
    source: Source, name: str, coordinate: str, place: Placed, *, is_input: bool
) -> Iterator[CompositionError]:
    if name in BUILT_IN_SCALARS:
        return
    type_ = source.subgraph.types.get(name)
    if type_ is None:
        if name not in MACHINERY_TYPES and name not in source.subgraph.links.types:
            yield source.error(
                INVALID_GRAPHQL, f'Unknown type "{name}" of "{coordinate}".', coordinate, place
            )
    elif is_input and type_.kind not in _INPUT:
        message = f'The type of "{coordinate}" must be Input Type but got: "{name}".'
        yield source.error(INVALID_GRAPHQL, message, coordinate, place)
    elif not is_input and type_.kind is Kind.INPUT:
        message = f'The type of "{coordinate}" must be Output Type but got: "{name}".'
        yield source.error(INVALID_GRAPHQL, message, coordinate, place)


def _expect(
    source: Source, name: str, kind: Kind, owner: TypeDefinition, place: Placed
) -> Iterator[CompositionError]:
    type_ = source.subgraph.types.get(name)
    if type_ is None:
        yield source.error(INVALID_GRAPHQL, f'Unknown type "{name}" at "{owner.name}".', owner.name, place)
    elif type_.kind is not kind:
        wanted = "Interface" if kind is Kind.INTERFACE else "Object"
        message = f'"{owner.name}" names "{name}" where it can only have {wanted} types.'
        yield source.error(INVALID_GRAPHQL, message, owner.name, place)
