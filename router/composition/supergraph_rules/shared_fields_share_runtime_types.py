"""A shared field of abstract type can return some object type in every subgraph."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged, MergedField
from router.composition.merge.say import subgraphs
from router.composition.result import CompositionError, CompositionHint
from router.composition.source import Declared, names_of, nodes_of
from router.federation.codes import SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES
from router.federation.hints import INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN
from router.federation.subgraph import FieldDefinition, Kind


def shared_fields_share_runtime_types(merged: Merged) -> Iterator[CompositionError | CompositionHint]:
    """Two subgraphs whose answers can never be equal do not share a field.

    Code: SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES; a hint when they differ but have some in
    common.
    """
    for type_ in merged.types.values():
        if type_.kind is not Kind.OBJECT:
            continue
        for field in type_.fields.values():
            returned = merged.types.get(field.type.name)
            if returned is not None and returned.kind in (Kind.INTERFACE, Kind.UNION):
                yield from _errors(merged, type_.name, field)


def _errors(
    merged: Merged, type_name: str, field: MergedField
) -> Iterator[CompositionError | CompositionHint]:
    resolving: list[Declared[FieldDefinition]] = []
    for source in merged.sources:
        type_ = source.subgraph.types.get(type_name)
        own = type_.fields.get(field.name) if type_ is not None else None
        if own is not None and source.use.is_resolved(own):
            resolving.append(Declared(source, own))
    if len(resolving) < 2:
        return
    possible = [set(d.source.subgraph.possible_types(d.element.type.name)) for d in resolving]
    names, nodes = names_of(resolving), nodes_of(resolving)
    common = set.intersection(*possible)
    if not common:
        message = (
            f'"{field.coordinate}" is shared by {subgraphs(names)} but can return no object type '
            "that all of them know; give them one in common"
        )
        code = SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES
        yield CompositionError(code, message, names, field.coordinate, nodes)
    elif any(types != common for types in possible):
        message = (
            f'"{field.coordinate}" is shared by {subgraphs(names)}, but not all of them know all the object '
            "types it can return; answers can differ by which one is asked"
        )
        code = INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN
        yield CompositionHint(code, message, names, field.coordinate, nodes)
