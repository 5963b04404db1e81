"""A type has every field of the interfaces it implements, in a fitting type."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merge_type_refs import Subtypes
from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import INVALID_GRAPHQL
from router.federation.subgraph import FieldDefinition, Kind, Subgraph, TypeDefinition


def interfaces_are_implemented(source: Source) -> Iterator[CompositionError]:
    """GraphQL's own rule, within one subgraph.

    Code: INVALID_GRAPHQL.
    Spec: GraphQL, section 3.6.1, IsValidImplementation.
    """
    subgraph = source.subgraph
    subtypes: Subtypes | None = None
    for type_ in subgraph.types.values():
        for named in type_.interfaces.values():
            interface = subgraph.types.get(named.name)
            if interface is None or interface.kind is not Kind.INTERFACE:
                continue
            subtypes = subtypes or _subtypes(subgraph)
            for coordinate, fault in _faults(type_, interface, subtypes):
                yield source.error(INVALID_GRAPHQL, fault, coordinate, type_, interface)


def _subtypes(subgraph: Subgraph) -> Subtypes:
    above: dict[str, set[str]] = {}
    for type_ in subgraph.types.values():
        above.setdefault(type_.name, set()).update(type_.interfaces)
        for member in type_.members:
            above.setdefault(member, set()).add(type_.name)
    return Subtypes({name: frozenset(supers) for name, supers in above.items()})


def _faults(
    type_: TypeDefinition, interface: TypeDefinition, subtypes: Subtypes
) -> Iterator[tuple[str, str]]:
    if interface is type_:
        yield type_.name, f'Type "{type_.name}" cannot implement itself.'
    for parent in interface.interfaces:
        if parent not in type_.interfaces:
            if parent == type_.name:
                message = f'Type "{type_.name}" cannot implement "{interface.name}": it would be circular.'
            else:
                message = (
                    f'Type "{type_.name}" must implement "{parent}" because it is implemented by '
                    f'"{interface.name}".'
                )
            yield type_.name, message
    for name, wanted in interface.fields.items():
        own = type_.fields.get(name)
        if own is None:
            message = (
                f'Interface field "{wanted.coordinate}" expected but "{type_.name}" does not provide it.'
            )
            yield type_.name, message
        else:
            yield from ((own.coordinate, fault) for fault in _field_faults(own, wanted, subtypes))


def _field_faults(own: FieldDefinition, wanted: FieldDefinition, subtypes: Subtypes) -> Iterator[str]:
    if not subtypes.is_subtype(own.type, wanted.type):
        yield (
            f'Interface field "{wanted.coordinate}" expects type "{wanted.type}" but "{own.coordinate}" '
            f'is type "{own.type}".'
        )
    for name, argument in wanted.arguments.items():
        given = own.arguments.get(name)
        if given is None:
            yield (
                f'Interface field argument "{argument.coordinate}" expected but "{own.coordinate}" '
                "does not provide it."
            )
        elif given.type != argument.type:
            yield (
                f'Interface field argument "{argument.coordinate}" expects type "{argument.type}" but '
                f'"{given.coordinate}" is type "{given.type}".'
            )
    for name, given in own.arguments.items():
        if name not in wanted.arguments and given.is_required:
            yield (
                f'Argument "{given.coordinate}" must not be required, because interface field '
                f'"{wanted.coordinate}" does not have it.'
            )
