"""The fields of a merged type fit those of its merged interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merge_type_refs import Subtypes
from router.composition.merge.merged import Merged, MergedField
from router.composition.result import CompositionError
from router.federation.codes import INVALID_GRAPHQL
from router.federation.subgraph import Kind


def merged_interfaces_are_implemented(merged: Merged) -> Iterator[CompositionError]:
    """Types that fit in every subgraph may, once merged, no longer fit.

    Code: INVALID_GRAPHQL.
    """
    subtypes = _subtypes(merged)
    for type_ in merged.types.values():
        for name in type_.interfaces:
            interface = merged.types.get(name)
            if interface is None or interface.kind is not Kind.INTERFACE:
                continue
            for field in interface.fields.values():
                own = type_.fields.get(field.name)
                if own is not None:
                    for fault in _faults(own, field, subtypes):
                        yield merged.error(INVALID_GRAPHQL, fault, own.coordinate, field.coordinate)


def _subtypes(merged: Merged) -> Subtypes:
    above: dict[str, set[str]] = {}
    for type_ in merged.types.values():
        above.setdefault(type_.name, set()).update(type_.interfaces)
        for member in type_.members:
            above.setdefault(member, set()).add(type_.name)
    return Subtypes({name: frozenset(supers) for name, supers in above.items()})


def _faults(own: MergedField, field: MergedField, subtypes: Subtypes) -> Iterator[str]:
    if not subtypes.is_subtype(own.type, field.type):
        yield (
            f'Merged interface field "{field.coordinate}" has type "{field.type}", but "{own.coordinate}" has '
            f'"{own.type}", which does not fit; change one of them in a subgraph'
        )
    for argument in field.arguments.values():
        given = own.arguments.get(argument.name)
        if given is None:
            yield (
                f'Merged interface field argument "{argument.coordinate}" is not on "{own.coordinate}"; '
                "declare it in every subgraph that has the field"
            )
        elif given.type != argument.type:
            yield (
                f'Merged interface field argument "{argument.coordinate}" has type "{argument.type}", but '
                f'"{given.coordinate}" has "{given.type}"; use one type'
            )
