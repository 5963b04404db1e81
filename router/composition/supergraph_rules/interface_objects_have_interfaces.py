"""An @interfaceObject stands for an interface that another subgraph defines."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged
from router.composition.merge.merging import is_interface_object
from router.composition.result import CompositionError
from router.federation.codes import INTERFACE_OBJECT_USAGE_ERROR
from router.federation.subgraph import Kind


def interface_objects_have_interfaces(merged: Merged) -> Iterator[CompositionError]:
    """Only where the interface is defined can its implementations be told apart.

    Code: INTERFACE_OBJECT_USAGE_ERROR.
    """
    for type_ in merged.types.values():
        if type_.kind is not Kind.INTERFACE:
            continue
        declared = [s.subgraph.types[type_.name] for s in merged.sources if type_.name in s.subgraph.types]
        objects = [d for d in declared if is_interface_object(d)]
        if objects and len(objects) == len(declared):
            message = (
                f'"{type_.name}" is an @interfaceObject wherever it is declared; '
                "define it as an interface, with its implementations, in one subgraph"
            )
            yield merged.error(INTERFACE_OBJECT_USAGE_ERROR, message, type_.name)
        elif objects:
            yield from _implementations_beside(merged, type_.name)


def _implementations_beside(merged: Merged, name: str) -> Iterator[CompositionError]:
    """A subgraph with the interface object must not know the implementations."""
    implementations = {t.name for t in merged.implementations(name)}
    for source in merged.sources:
        type_ = source.subgraph.types.get(name)
        if type_ is None or not is_interface_object(type_):
            continue
        for other in sorted(implementations & source.subgraph.types.keys()):
            message = (
                f'Subgraph "{source.name}" declares "{name}" as an @interfaceObject and also "{other}", which '
                f'implements it; remove "{other}" there'
            )
            yield source.error(INTERFACE_OBJECT_USAGE_ERROR, message, other, source.subgraph.types[other])
