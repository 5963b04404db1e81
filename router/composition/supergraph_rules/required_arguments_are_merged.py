"""The arguments that @requires gives are those of the field that others resolve."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged
from router.composition.merge.say import subgraphs
from router.composition.result import CompositionError
from router.composition.source import Declared, Placed, Source, names_of, nodes_of
from router.federation.codes import REQUIRES_INVALID_FIELDS
from router.federation.field_sets import FieldSetUse, Selected, selected
from router.federation.subgraph import FieldDefinition


def required_arguments_are_merged(merged: Merged) -> Iterator[CompositionError]:
    """An external declaration may name other arguments than the owners have; a router asks the owners.

    Code: REQUIRES_INVALID_FIELDS.
    """
    for source in merged.sources:
        for use in source.use.uses:
            if use.directive == "requires":
                for found in selected(source.subgraph, use):
                    yield from _errors(merged, source, use, found)


def _errors(merged: Merged, source: Source, use: FieldSetUse, found: Selected) -> Iterator[CompositionError]:
    at = found.field.coordinate
    field = merged.types[found.parent.name].fields.get(found.field.name)
    if field is None or not (field.arguments or found.node.arguments):
        return
    given = {name for name, _ in found.node.arguments}
    for name in sorted(given - field.arguments.keys()):
        lacking = [d for d in _owners(merged, at) if name not in d.element.arguments]
        yield _error(source, use, lacking, f'gives "{at}" the argument "{name}", which it does not have')
    for argument in field.arguments.values():
        if argument.is_required and argument.name not in given:
            demanding = [d for d in _owners(merged, at) if _demands(d.element, argument.name)]
            yield _error(source, use, demanding, f'does not give "{argument.coordinate}", which is required')


def _owners(merged: Merged, coordinate: str) -> Iterator[Declared[FieldDefinition]]:
    """The field in every subgraph that resolves it."""
    type_name, _, name = coordinate.partition(".")
    for source in merged.sources:
        type_ = source.subgraph.types.get(type_name)
        field = type_.fields.get(name) if type_ is not None else None
        if field is not None and not source.use.is_external(field):
            yield Declared(source, field)


def _demands(field: FieldDefinition, name: str) -> bool:
    return name in field.arguments and field.arguments[name].is_required


def _error(
    source: Source, use: FieldSetUse, owners: list[Declared[FieldDefinition]], fault: str
) -> CompositionError:
    there = f" in {subgraphs(names_of(owners))}" if owners else ""
    message = f"[{source.name}] {use} {fault}{there}; make the declarations agree, or change the field set"
    places: list[Declared[Placed]] = [Declared(source, use.applied), *owners]
    return CompositionError(
        code=REQUIRES_INVALID_FIELDS,
        message=message,
        subgraphs=names_of(places),
        at=use.coordinate,
        nodes=nodes_of(places),
    )
