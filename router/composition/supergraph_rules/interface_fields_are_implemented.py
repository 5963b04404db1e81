"""Every type of the supergraph has the fields of its merged interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged
from router.composition.merge.say import subgraphs
from router.composition.result import CompositionError
from router.federation.codes import INTERFACE_FIELD_NO_IMPLEM
from router.federation.subgraph import Kind


def interface_fields_are_implemented(merged: Merged) -> Iterator[CompositionError]:
    """A subgraph that adds a field to an interface must not surprise those that lack it.

    Code: INTERFACE_FIELD_NO_IMPLEM.
    """
    for type_ in merged.types.values():
        for name in type_.interfaces:
            interface = merged.types.get(name)
            if interface is None or interface.kind is not Kind.INTERFACE:
                continue
            for field in interface.fields.values():
                if field.name not in type_.fields:
                    where = subgraphs(d.source.name for d in merged.declarations(field.coordinate))
                    message = (
                        f'Interface field "{field.coordinate}" is declared in {where}, but type "{type_.name}", '
                        f'which implements "{name}" in '
                        f"{subgraphs(d.source.name for d in merged.declarations(type_.name))}, "
                        "does not have it; add it there"
                    )
                    code = INTERFACE_FIELD_NO_IMPLEM
                    yield merged.error(code, message, type_.name, field.coordinate)
