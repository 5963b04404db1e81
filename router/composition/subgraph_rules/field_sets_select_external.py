"""@requires and @provides select what the subgraph does not resolve itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import PROVIDES_MISSING_EXTERNAL, REQUIRES_MISSING_EXTERNAL
from router.federation.subgraph import FieldDefinition, Kind, TypeDefinition
from router.language.field_set import FieldSetFragment, FieldSetSelection

_CODES: Final = {"provides": PROVIDES_MISSING_EXTERNAL, "requires": REQUIRES_MISSING_EXTERNAL}


def field_sets_select_external(source: Source) -> Iterator[CompositionError]:
    """Each path of the field set must pass an @external field; else nothing is asked for.

    Codes: PROVIDES_MISSING_EXTERNAL, REQUIRES_MISSING_EXTERNAL.
    """
    for use in source.use.uses:
        if use.directive not in _CODES or use.field_set is None:
            continue
        target = source.subgraph.types.get(use.target)
        for leaf in _own_leaves(source, target, use.field_set.selections):
            message = f"{use} selects {leaf.coordinate}, which {_reason(leaf)}"
            places = (leaf,) if isinstance(leaf, FieldDefinition) else ()
            yield source.error(_CODES[use.directive], message, use.coordinate, use.applied, *places)


@dataclass(frozen=True, slots=True)
class _TypeName:
    """``__typename``, which no SDL declares."""

    coordinate: str


def _reason(leaf: FieldDefinition | _TypeName) -> str:
    if isinstance(leaf, _TypeName):
        return "every subgraph with the type knows; remove it from the field set"
    if leaf.is_external:
        return "is a key field of an extension, which the subgraph has anyway; remove it from the field set"
    return "is not @external; mark it so, or remove it from the field set"


def _own_leaves(
    source: Source, parent: TypeDefinition | None, selections: tuple[FieldSetSelection, ...]
) -> Iterator[FieldDefinition | _TypeName]:
    """Leaves that are reached without passing an external field."""
    if parent is None:
        return
    for node in selections:
        if isinstance(node, FieldSetFragment):
            narrowed = source.subgraph.types.get(node.type_condition) if node.type_condition else parent
            yield from _own_leaves(source, narrowed, node.selections)
            continue
        if node.name == "__typename":
            yield _TypeName(f"{parent.name}.__typename")
            continue
        field = parent.fields.get(node.name)
        if field is None or source.use.is_external(field):
            continue
        if not node.selections:
            yield field
        elif not _is_external_somewhere(source, parent, node.name):
            child = source.subgraph.types.get(field.type.name)
            yield from _own_leaves(source, child, node.selections)


def _is_external_somewhere(source: Source, parent: TypeDefinition, name: str) -> bool:
    """True when an implementation of the interface has the field as external."""
    if parent.kind is not Kind.INTERFACE:
        return False
    return any(
        name in t.fields and source.use.is_external(t.fields[name])
        for t in source.subgraph.implementations(parent.name)
    )
