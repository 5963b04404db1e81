"""Arguments and input fields: what every subgraph has, in the narrowest type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from router.composition.merge.merge_applied import merge_applied
from router.composition.merge.merge_defaults import merge_defaults
from router.composition.merge.merge_descriptions import merge_descriptions
from router.composition.merge.merge_type_refs import merge_input_types
from router.composition.merge.merged import JoinField, MergedInput, find
from router.composition.merge.merging import Merging
from router.composition.merge.say import by_value, subgraphs
from router.composition.result import CompositionError, CompositionHint
from router.composition.source import Declared, Source, nodes_of
from router.federation.codes import (
    ARGUMENT_DEFAULT_MISMATCH,
    ARGUMENT_TYPE_MISMATCH,
    FIELD_TYPE_MISMATCH,
    INPUT_FIELD_DEFAULT_MISMATCH,
    REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
    REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH,
)
from router.federation.hints import (
    INCONSISTENT_ARGUMENT_PRESENCE,
    INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE,
    INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE,
    INCONSISTENT_INPUT_OBJECT_FIELD,
)
from router.federation.subgraph import InputValue


@dataclass(frozen=True, slots=True)
class InputWords:
    """The codes and the noun that tell arguments from input fields."""

    noun: str
    type_mismatch: str
    default_mismatch: str
    required_missing: str
    presence_hint: str
    type_hint: str


ARGUMENT = InputWords(
    "argument",
    ARGUMENT_TYPE_MISMATCH,
    ARGUMENT_DEFAULT_MISMATCH,
    REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
    INCONSISTENT_ARGUMENT_PRESENCE,
    INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE,
)
INPUT_FIELD = InputWords(
    "input field",
    FIELD_TYPE_MISMATCH,
    INPUT_FIELD_DEFAULT_MISMATCH,
    REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH,
    INCONSISTENT_INPUT_OBJECT_FIELD,
    INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE,
)


def merge_inputs(
    owners: Sequence[tuple[Source, Mapping[str, InputValue]]], words: InputWords, merging: Merging
) -> dict[str, MergedInput]:
    """Those arguments or input fields that every owner has, in first-seen order.

    Input fields that some owner lacks are compared all the same, and kept where they are @inaccessible.
    Codes: a required one that some owner lacks, types without a common subtype, defaults
    that differ; ``words`` names them.
    """
    names = dict.fromkeys(name for _, inputs in owners for name in inputs)
    merged: dict[str, MergedInput] = {}
    for name in names:
        declared = [Declared(source, inputs[name]) for source, inputs in owners if name in inputs]
        if len(declared) == len(owners):
            merged[name] = merge_input(declared, words, merging)
            continue
        if words is INPUT_FIELD:
            one = merge_input(declared, words, merging)
            if find(one, "inaccessible") is not None:
                merged[name] = _in_some(one, declared)
                continue
        _report_missing(declared, [s.name for s, inputs in owners if name not in inputs], words, merging)
    return merged


def _in_some(field: MergedInput, declared: Sequence[Declared[InputValue]]) -> MergedInput:
    """The field, joined to the subgraphs that have it: clients do not see it, so it need not be in all."""
    if field.joins:
        return field
    return replace(field, joins=tuple(JoinField(d.source.graph) for d in declared))


def merge_input(declared: Sequence[Declared[InputValue]], words: InputWords, merging: Merging) -> MergedInput:
    """One argument or input field that all its owners have."""
    first = declared[0].element
    at = first.coordinate
    if len(declared) == 1 and not first.directives:
        # Nearly every argument: only one subgraph has it, and it carries nothing.
        return MergedInput(first.name, first.type, first.default, first.description or None, (), at)
    merged = merge_input_types(declared, merging.subtypes)
    types = "" if merged.is_same else by_value(declared, lambda value: f'"{value.type}"')
    if not merged.is_compatible:
        message = f'The type of {words.noun} "{at}" is {types}; none of them suits all. Use one type in every subgraph'
        merging.findings.error(words.type_mismatch, message, at, declared)
    elif not merged.is_same:
        message = (
            f'The type of {words.noun} "{at}" is {types}; the supergraph uses the narrowest, "{merged.ref}"'
        )
        merging.findings.hint(words.type_hint, message, at, declared)
    joins: tuple[JoinField, ...] = ()
    if not merged.is_same:
        joins = tuple(JoinField(d.source.graph, type=str(d.element.type)) for d in declared)
    return MergedInput(
        name=first.name,
        type=merged.ref,
        default=merge_defaults(declared, words.default_mismatch, merging.findings),
        description=merge_descriptions(declared, at, merging.findings),
        directives=merge_applied(declared, merging),
        coordinate=at,
        joins=joins,
    )


def _report_missing(
    declared: Sequence[Declared[InputValue]], missing: Sequence[str], words: InputWords, merging: Merging
) -> None:
    at = declared[0].element.coordinate
    requiring = [d for d in declared if d.element.is_required]
    everyone = tuple(sorted({d.source.name for d in declared} | set(missing)))
    if requiring:
        message = (
            f'{words.noun.capitalize()} "{at}" is required in {subgraphs(d.source.name for d in requiring)} '
            f"but missing in {subgraphs(missing)}; declare it there, or make it optional"
        )
        merging.findings.errors.append(
            CompositionError(words.required_missing, message, everyone, at, nodes_of(declared))
        )
        return
    message = (
        f'{words.noun.capitalize()} "{at}" is in {subgraphs(d.source.name for d in declared)} but not in '
        f"{subgraphs(missing)}, so clients do not see it; declare it everywhere to show it"
    )
    merging.findings.hints.append(
        CompositionHint(words.presence_hint, message, everyone, at, nodes_of(declared))
    )
