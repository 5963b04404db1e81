"""Field sets parse, and select fields that are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import KEY_INVALID_FIELDS, PROVIDES_INVALID_FIELDS, REQUIRES_INVALID_FIELDS
from router.federation.field_sets import FieldSetUse
from router.federation.literals import literal_faults
from router.federation.read import BUILT_IN_SCALARS
from router.federation.subgraph import FieldDefinition, Kind, Subgraph, TypeDefinition
from router.language.field_set import FieldSetField, FieldSetFragment, FieldSetSelection

_CODES: Final = {
    "key": KEY_INVALID_FIELDS,
    "provides": PROVIDES_INVALID_FIELDS,
    "requires": REQUIRES_INVALID_FIELDS,
}


def field_sets_are_valid(source: Source) -> Iterator[CompositionError]:
    """A field set is a selection set of its type, as GraphQL validates one.

    Codes: KEY_INVALID_FIELDS, PROVIDES_INVALID_FIELDS, REQUIRES_INVALID_FIELDS.
    """
    for use in source.use.uses:
        for fault in _faults(source.subgraph, use):
            message = f"{use} is not valid: {fault}"
            yield source.error(_CODES[use.directive], message, use.coordinate, use.applied)


def _faults(subgraph: Subgraph, use: FieldSetUse) -> Iterator[str]:
    if use.field_set is None:
        if use.is_string:
            yield f"{use.fault} Correct the text"
        return
    target = subgraph.types.get(use.target)
    # A @provides on a field without sub-fields has a code of its own.
    if target is not None and target.is_composite:
        yield from _selection_faults(subgraph, target, use.field_set.selections)


def _selection_faults(
    subgraph: Subgraph, parent: TypeDefinition, selections: tuple[FieldSetSelection, ...]
) -> Iterator[str]:
    for node in selections:
        if isinstance(node, FieldSetFragment):
            yield from _fragment_faults(subgraph, parent, node)
        elif node.name != "__typename":
            yield from _field_faults(subgraph, parent, node)


def _field_faults(subgraph: Subgraph, parent: TypeDefinition, node: FieldSetField) -> Iterator[str]:
    if node.alias is not None:
        yield f'it uses the alias "{node.alias}"; aliases have no meaning here, remove it'
    field = parent.fields.get(node.name)
    if field is None:
        yield f'type "{parent.name}" has no field "{node.name}"; add it to the subgraph, or remove it here'
        return
    yield from _argument_faults(subgraph, field, node)
    child = subgraph.types.get(field.type.name)
    is_composite = child is not None and child.is_composite
    if is_composite and not node.selections:
        yield f'"{field.coordinate}" is of type "{field.type}", so it needs a selection of sub-fields'
    elif node.selections and (child is None or not is_composite):
        known = child is not None or field.type.name in BUILT_IN_SCALARS
        reason = f'is of type "{field.type}"' if known else f'is of unknown type "{field.type}"'
        yield f'"{field.coordinate}" {reason}, which has no sub-fields; remove the selection'
    elif child is not None and node.selections:
        yield from _selection_faults(subgraph, child, node.selections)


def _argument_faults(subgraph: Subgraph, field: FieldDefinition, node: FieldSetField) -> Iterator[str]:
    given = dict(node.arguments)
    for name in sorted(given.keys() - field.arguments.keys()):
        yield f'"{field.coordinate}" has no argument "{name}"'
    for argument in field.arguments.values():
        if argument.name in given:
            for fault in literal_faults(subgraph, argument.type, given[argument.name]):
                yield f'the value of "{argument.coordinate}": {fault}'
        elif argument.is_required:
            yield f'"{argument.coordinate}" is required, but it is not given'


def _fragment_faults(subgraph: Subgraph, parent: TypeDefinition, node: FieldSetFragment) -> Iterator[str]:
    if node.type_condition is None:
        yield from _selection_faults(subgraph, parent, node.selections)
        return
    narrowed = subgraph.types.get(node.type_condition)
    if narrowed is None or not narrowed.is_composite:
        yield f'"{node.type_condition}" is no object type, interface or union of the subgraph'
        return
    here, there = subgraph.possible_types(parent.name), subgraph.possible_types(narrowed.name)
    if not set(here) & set(there) and Kind.INTERFACE not in (parent.kind, narrowed.kind):
        yield f'a "{parent.name}" can never be a "{narrowed.name}"; remove the fragment'
        return
    yield from _selection_faults(subgraph, narrowed, node.selections)
