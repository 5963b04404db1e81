"""Fields that an interface object adds to every implementation of its interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from router.composition.merge.merge_access import demanding
from router.composition.merge.merged import JoinField, MergedField, MergedType
from router.composition.merge.merging import Merging, is_interface_object
from router.federation.subgraph import Kind


def merge_interface_objects(types: dict[str, MergedType], merging: Merging) -> None:
    """Give the implementations the fields, joined to no subgraph of their own.

    A router reaches such a field through the interface, so its ``@join__field`` names no
    graph.  Where an implementation has the field itself, it demands what the interface object's demands as well.
    """
    added: dict[str, set[str]] = {}
    for source in merging.sources:
        for name, type_ in source.subgraph.types.items():
            if is_interface_object(type_):
                own = {f.name for f in type_.fields.values() if not source.use.is_external(f)}
                added.setdefault(name, set()).update(own)
    for name in sorted(added):
        interface = types[name]
        for below in [t for t in types.values() if t.kind is Kind.OBJECT and name in t.interfaces]:
            types[below.name] = replace(below, fields=_with_fields(below, interface.fields, added[name]))


def _with_fields(
    type_: MergedType, offered: Mapping[str, MergedField], names: set[str]
) -> dict[str, MergedField]:
    fields = dict(type_.fields)
    for name, field in offered.items():
        if name in names and name in fields:
            fields[name] = demanding(fields[name], field.directives)
        elif name in names:
            fields[name] = replace(field, coordinate=f"{type_.name}.{name}", joins=(JoinField(None),))
    return fields
