"""Who takes data from guarded fields demands at least what they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from graphql.language import ListValueNode, ValueNode

from router.composition.merge.merged import Merged, MergedField, MergedType, find
from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import MISSING_TRANSITIVE_AUTH_REQUIREMENTS
from router.federation.contexts import context_uses, contexts
from router.federation.field_sets import FieldSetUse, selected
from router.federation.subgraph import FieldDefinition
from router.language.values import value_text

Demand = frozenset[str]


def access_is_passed_on(merged: Merged) -> Iterator[CompositionError]:
    """Else @requires and @fromContext would hand out, under another name, what the caller may not read.

    Code: MISSING_TRANSITIVE_AUTH_REQUIREMENTS.
    """
    if not _is_guarded(merged):
        return
    for source in merged.sources:
        for use in source.use.uses:
            if use.directive == "requires" and use.field is not None:
                yield from _errors(merged, source, use, use.field)
        for taken, argument in _taken_from_contexts(source):
            yield from _errors(merged, source, taken, argument)


def _taken_from_contexts(source: Source) -> Iterator[tuple[FieldSetUse, FieldDefinition]]:
    """Each selection of a @fromContext as if it were the field's own field set, once for each type that sets it."""
    setters = contexts(source.subgraph)
    for use in context_uses(source.subgraph):
        for setter in setters.get(use.context or "", ()):
            taken = FieldSetUse(
                directive="fromContext",
                owner=use.owner,
                field=use.field,
                target=setter.name,
                applied=use.applied,
                text=use.text,
                field_set=use.selection,
            )
            yield taken, use.field


def _is_guarded(merged: Merged) -> bool:
    guards = ("authenticated", "requiresScopes", "policy")
    for type_ in merged.types.values():
        applied = [type_.directives, *(field.directives for field in type_.fields.values())]
        if any(directive.name in guards for directives in applied for directive in directives):
            return True
    return False


def _errors(
    merged: Merged, source: Source, use: FieldSetUse, taker: FieldDefinition
) -> Iterator[CompositionError]:
    owner = merged.types[use.owner.name]
    verb = "requires" if use.directive == "requires" else "takes from its context"
    own = _alternatives(merged, owner, owner.fields[taker.name])
    for found in selected(source.subgraph, use, with_implementations=True):
        type_ = merged.types[found.parent.name]
        field = type_.fields.get(found.field.name)
        if field is None:
            continue
        if not _covers(own, _alternatives(merged, type_, field)):
            message = (
                f'"{taker.coordinate}" {verb} "{field.coordinate}", but demands less access than it; '
                "repeat its @authenticated, @requiresScopes or @policy"
            )
            yield source.error(MISSING_TRANSITIVE_AUTH_REQUIREMENTS, message, use.coordinate, use.applied)


def _alternatives(merged: Merged, type_: MergedType, field: MergedField) -> set[Demand]:
    """The ways to be let in, each a set of things to have; a type's demands hold for its fields."""
    returned = merged.types.get(field.type.name)
    elements: Sequence[MergedType | MergedField] = [type_, field, *([returned] if returned else [])]
    ways: set[Demand] = {frozenset()}
    for element in elements:
        if find(element, "authenticated"):
            ways = {way | {"authenticated"} for way in ways}
        for name, argument in (("requiresScopes", "scopes"), ("policy", "policies")):
            directive = find(element, name)
            if directive is not None:
                demanded = _demands(name, directive.arguments.get(argument))
                ways = {a | b for a, b in product(ways, demanded)}
    return ways


def _demands(name: str, node: ValueNode | None) -> list[Demand]:
    outer = node.values if isinstance(node, ListValueNode) else ()
    return [
        frozenset(f"{name} {value_text(item)}" for item in inner.values)
        for inner in outer
        if isinstance(inner, ListValueNode)
    ] or [frozenset()]


def _covers(own: set[Demand], wanted: set[Demand]) -> bool:
    """True when whoever may come in by ``own`` may come in by ``wanted`` too."""
    return all(any(need <= have for need in wanted) for have in own)
