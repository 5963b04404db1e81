"""An @external field must look like what its owner resolves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.composition.merge.merged import MergedField, MergedInput
from router.composition.merge.merging import Merging
from router.composition.merge.say import subgraphs
from router.composition.source import Declared
from router.federation.codes import (
    EXTERNAL_ARGUMENT_DEFAULT_MISMATCH,
    EXTERNAL_ARGUMENT_MISSING,
    EXTERNAL_ARGUMENT_TYPE_MISMATCH,
    EXTERNAL_MISSING_ON_BASE,
    EXTERNAL_TYPE_MISMATCH,
)
from router.federation.subgraph import FieldDefinition, InputValue
from router.language.values import comparable


def check_external(
    field: MergedField,
    here: Sequence[Declared[FieldDefinition]],
    owned: Sequence[Declared[FieldDefinition]],
    merging: Merging,
) -> None:
    """Compare every external declaration with the merged field.

    Codes: EXTERNAL_MISSING_ON_BASE, EXTERNAL_TYPE_MISMATCH, EXTERNAL_ARGUMENT_MISSING,
    EXTERNAL_ARGUMENT_TYPE_MISMATCH, EXTERNAL_ARGUMENT_DEFAULT_MISMATCH.
    """
    if len(here) == len(owned):
        return
    at = field.coordinate
    if not owned:
        message = (
            f'"{at}" is @external in {subgraphs(d.source.name for d in here)} and resolved in no subgraph; '
            "remove @external where it is resolved"
        )
        merging.findings.error(EXTERNAL_MISSING_ON_BASE, message, at, here)
        return
    is_agreed = len({o.element.type for o in owned}) == 1
    for d in here:
        if not d.source.use.is_external(d.element):
            continue
        may_be_narrower = not is_agreed and merging.subtypes.is_subtype(d.element.type, field.type)
        if d.element.type != field.type and not may_be_narrower:
            message = (
                f'"{at}" has type "{d.element.type}" where it is @external, in subgraph "{d.source.name}", but '
                f'"{field.type}" in {subgraphs(o.source.name for o in owned)}; use the owner\'s type'
            )
            merging.findings.error(EXTERNAL_TYPE_MISMATCH, message, at, [d, *owned])
        for code, fault in _argument_faults(d.element, field, merging):
            message = f'@external "{at}" in subgraph "{d.source.name}" {fault}'
            merging.findings.error(code, message, at, [d, *owned])


def _argument_faults(
    external: FieldDefinition, field: MergedField, merging: Merging
) -> Iterator[tuple[str, str]]:
    for name, argument in field.arguments.items():
        own = external.arguments.get(name)
        if own is None:
            yield EXTERNAL_ARGUMENT_MISSING, f'lacks the argument "{name}" that its owner declares; add it'
        elif not merging.subtypes.is_subtype(argument.type, own.type):
            fault = (
                f'gives argument "{name}" type "{own.type}", its owner "{argument.type}"; use the owner\'s'
            )
            yield EXTERNAL_ARGUMENT_TYPE_MISMATCH, fault
        elif not _is_same_default(own, argument):
            fault = f'gives argument "{name}" another default than its owner; use the owner\'s'
            yield EXTERNAL_ARGUMENT_DEFAULT_MISMATCH, fault


def _is_same_default(own: InputValue, argument: MergedInput) -> bool:
    if own.default is None or argument.default is None:
        return own.default is argument.default
    return comparable(own.default) == comparable(argument.default)
