"""What access an interface demands: what its implementations do, combined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from router.composition.merge.merge_applied import COMBINE
from router.composition.merge.merged import MergedDirective, MergedField, MergedType
from router.federation.subgraph import Kind

ACCESS: Final = ("authenticated", "requiresScopes", "policy")

E = TypeVar("E", MergedType, MergedField)


def merge_access(types: dict[str, MergedType]) -> None:
    """Let every interface and its fields show the demands; interfaces have none of their own."""
    guarded = [t for t in types.values() if t.kind is Kind.OBJECT and _is_guarded(t)]
    for name in sorted({interface for type_ in guarded for interface in type_.interfaces}):
        interface = types.get(name)
        if interface is None or interface.kind is not Kind.INTERFACE:
            continue
        below = [type_ for type_ in guarded if name in type_.interfaces]
        fields = {
            field.name: _demanding(field, [t.fields[field.name] for t in below if field.name in t.fields])
            for field in interface.fields.values()
        }
        types[name] = replace(_demanding(interface, below), fields=fields)


def _is_guarded(type_: MergedType) -> bool:
    applied = [type_.directives, *(field.directives for field in type_.fields.values())]
    return any(directive.name in ACCESS for directives in applied for directive in directives)


def _demanding(element: E, below: Sequence[E]) -> E:
    added: list[MergedDirective] = []
    for name in ACCESS:
        uses = [d.arguments for e in below for d in e.directives if d.name == name and d.is_known]
        if uses:
            combine = COMBINE.get(name)
            added.append(MergedDirective(name, combine(uses) if combine else uses[0]))
    return replace(element, directives=(*element.directives, *added)) if added else element
