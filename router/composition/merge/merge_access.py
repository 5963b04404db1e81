"""What access an interface demands: what its implementations do, combined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from router.composition.merge.merge_applied import COMBINE, Arguments, arguments_key
from router.composition.merge.merged import MergedDirective, MergedField, MergedType
from router.composition.merge.merging import Merging
from router.composition.source import Declared
from router.federation.hints import MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS
from router.federation.subgraph import AppliedDirective, Kind, applied

ACCESS: Final = ("authenticated", "requiresScopes", "policy")

E = TypeVar("E", MergedType, MergedField)


def merge_access(types: dict[str, MergedType], merging: Merging) -> None:
    """Let every interface and its fields show the demands.

    Those of interface objects are on the implementations already; interfaces have none of their own.
    """
    guarded = [t for t in types.values() if t.kind is Kind.OBJECT and _is_guarded(t)]
    for name in sorted({interface for type_ in guarded for interface in type_.interfaces}):
        interface = types.get(name)
        if interface is None or interface.kind is not Kind.INTERFACE:
            continue
        below = [type_ for type_ in guarded if name in type_.interfaces]
        fields = {
            field.name: _demanding(
                field, [t.fields[field.name] for t in below if field.name in t.fields], merging
            )
            for field in interface.fields.values()
        }
        types[name] = replace(_demanding(interface, below, merging), fields=fields)


def _is_guarded(type_: MergedType) -> bool:
    elements = [type_.directives, *(field.directives for field in type_.fields.values())]
    return any(directive.name in ACCESS for directives in elements for directive in directives)


def demanding(field: MergedField, more: Sequence[MergedDirective]) -> MergedField:
    """Give the field with the demands among ``more`` added to its own."""
    for directive in more:
        if directive.name in ACCESS and directive.is_known:
            own = [d.arguments for d in field.directives if d.name == directive.name and d.is_known]
            field = replace(
                field, directives=_with(field.directives, directive.name, [*own, directive.arguments])
            )
    return field


def _demanding(element: E, below: Sequence[E], merging: Merging) -> E:
    directives = element.directives
    for name in ACCESS:
        uses = [d.arguments for e in below for d in e.directives if d.name == name and d.is_known]
        if uses:
            directives = _with(directives, name, uses)
            _hint_different(name, element, below, merging)
    return element if directives is element.directives else replace(element, directives=directives)


def _with(
    directives: tuple[MergedDirective, ...], name: str, uses: Sequence[Arguments]
) -> tuple[MergedDirective, ...]:
    """Put all uses of a demand together, in place of what stands there."""
    others = tuple(d for d in directives if d.name != name or not d.is_known)
    combine = COMBINE.get(name)
    return (*others, MergedDirective(name, combine(uses) if combine else uses[0]))


def _hint_different(
    name: str, element: MergedType | MergedField, below: Sequence[MergedType | MergedField], merging: Merging
) -> None:
    uses = [use for e in below for use in _uses(name, e.coordinate, merging)]
    if len({arguments_key(use.element.arguments) for use in uses}) > 1:
        message = f'The arguments of "@{name}" on what implements "{element.coordinate}" are put together'
        merging.findings.hint(MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS, message, element.coordinate, uses)


def _uses(name: str, coordinate: str, merging: Merging) -> Iterator[Declared[AppliedDirective]]:
    """The directive on one type or field, wherever a subgraph that resolves it applies it."""
    type_name, _, field_name = coordinate.partition(".")
    for source in merging.sources:
        type_ = source.subgraph.types.get(type_name)
        element = type_.fields.get(field_name) if type_ is not None and field_name else type_
        use = applied(element, name) if element is not None else None
        if use is not None and coordinate not in source.use.truly_external:
            yield Declared(source, use)
