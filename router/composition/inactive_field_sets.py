"""Federation 1: @requires and @provides may select what the subgraph resolves itself, which asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graphql.language import StringValueNode

from router.federation.field_use import FieldUse, field_use
from router.federation.subgraph import AppliedDirective, FieldDefinition, Subgraph, TypeDefinition
from router.language.field_set import FieldSetField, FieldSetSelection, print_selections


def without_inactive_field_sets(subgraph: Subgraph) -> Subgraph:
    """The subgraph with field sets of external fields only, and without those that have none."""
    use = field_use(subgraph)
    if not use.by_field:
        return subgraph
    types = {
        name: replace(type_, fields={n: _field(f, subgraph, use) for n, f in type_.fields.items()})
        for name, type_ in subgraph.types.items()
    }
    return replace(subgraph, types=types)


def _field(field: FieldDefinition, subgraph: Subgraph, use: FieldUse) -> FieldDefinition:
    if field.coordinate not in use.by_field:
        return field
    directives = tuple(d for use_ in field.directives for d in _directive(use_, field, subgraph, use))
    return replace(field, directives=directives)


def _directive(
    applied: AppliedDirective, field: FieldDefinition, subgraph: Subgraph, use: FieldUse
) -> Iterator[AppliedDirective]:
    written = next((u for u in use.by_field[field.coordinate] if u.applied is applied), None)
    if written is None or written.field_set is None:
        yield applied
        return
    selections = written.field_set.selections
    active = tuple(_active(selections, subgraph.types.get(written.target), subgraph, use))
    if active == selections:
        yield applied
    elif active:
        fields = StringValueNode(value=print_selections(active))
        yield replace(applied, arguments={**applied.arguments, "fields": fields})


def _active(
    selections: tuple[FieldSetSelection, ...],
    parent: TypeDefinition | None,
    subgraph: Subgraph,
    use: FieldUse,
) -> Iterator[FieldSetSelection]:
    """What passes an external field; what is not known stays, for the rules to find."""
    for node in selections:
        if isinstance(node, FieldSetField):
            if node.name == "__typename":
                continue
            field = None if parent is None else parent.fields.get(node.name)
            if field is None or use.is_external(field):
                yield node
                continue
            below = subgraph.types.get(field.type.name)
        else:
            below = subgraph.types.get(node.type_condition) if node.type_condition else parent
        inner = tuple(_active(node.selections, below, subgraph, use))
        if inner:
            yield replace(node, selections=inner)
