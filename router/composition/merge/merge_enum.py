"""Enums: by how they are used, all values or only those common to all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from router.composition.merge.merge_applied import merge_applied
from router.composition.merge.merge_descriptions import merge_descriptions
from router.composition.merge.merged import MergedType, MergedValue
from router.composition.merge.merging import Merging
from router.composition.merge.say import subgraphs
from router.composition.source import Declared
from router.federation.codes import EMPTY_MERGED_ENUM_TYPE, ENUM_VALUE_MISMATCH
from router.federation.hints import (
    INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM,
    INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM,
    UNUSED_ENUM_TYPE,
)
from router.federation.subgraph import EnumValue, TypeDefinition, applied

Owners = Sequence[Declared[TypeDefinition]]


@dataclass(frozen=True, slots=True)
class EnumUse:
    """Where the merged schema uses types."""

    inputs: frozenset[str]
    """Names of types that an argument or an input field has somewhere."""
    outputs: frozenset[str]
    """Names of types that a field has somewhere."""


def enum_use(types: Iterable[MergedType], declared: Iterable[TypeDefinition]) -> EnumUse:
    """Give what merged types that are no enums use; of input types, what any subgraph declares.

    An input field that only some subgraphs have is not in the merged schema, but those who have it may still be sent
    a value; an argument of that kind is never sent.
    """
    inputs: set[str] = set()
    outputs: set[str] = set()
    for type_ in types:
        for field in type_.fields.values():
            outputs.add(field.type.name)
            inputs.update(argument.type.name for argument in field.arguments.values())
    for definition in declared:
        inputs.update(item.type.name for item in definition.inputs.values())
    return EnumUse(frozenset(inputs), frozenset(outputs))


def merge_enum_values(owners: Owners, use: EnumUse, merging: Merging) -> dict[str, MergedValue]:
    """The enum's values in first-seen order.

    Clients may send a value only if every subgraph takes it, and may get one if any gives
    it; an enum used both ways must be the same everywhere.
    Codes: ENUM_VALUE_MISMATCH, EMPTY_MERGED_ENUM_TYPE.
    """
    name = owners[0].element.name
    is_input, is_output = name in use.inputs, name in use.outputs
    if not is_input and not is_output:
        message = f'Enum "{name}" is used nowhere; all values of all subgraphs are kept'
        merging.findings.hint(UNUSED_ENUM_TYPE, message, name, owners)
    merged: dict[str, MergedValue] = {}
    for value_name in dict.fromkeys(v for owner in owners for v in owner.element.values):
        declared = [
            Declared(o.source, o.element.values[value_name]) for o in owners if value_name in o.element.values
        ]
        if len(declared) == len(owners) or _may_stay(declared, owners, (is_input, is_output), merging):
            merged[value_name] = _merge_value(declared, merging)
    if not merged and is_input:
        message = (
            f'Enum "{name}" is used for input, and no value of it is in all of '
            f"{subgraphs(o.source.name for o in owners)}; give them one in common"
        )
        merging.findings.error(EMPTY_MERGED_ENUM_TYPE, message, name, owners)
    return merged


def _may_stay(
    declared: Sequence[Declared[EnumValue]], owners: Owners, use: tuple[bool, bool], merging: Merging
) -> bool:
    at = declared[0].element.coordinate
    names = {d.source.name for d in declared}
    missing = subgraphs(o.source.name for o in owners if o.source.name not in names)
    if use == (True, True):
        if any(applied(d.element, "inaccessible") for d in declared):
            return True
        message = (
            f'Enum "{owners[0].element.name}" is used for input and output, but its value "{at}" is not in '
            f"{missing}; declare it there, or mark it @inaccessible until it is"
        )
        merging.findings.error(ENUM_VALUE_MISMATCH, message, at, owners)
        return True
    if use[0]:
        message = f'Value "{at}" of an enum used for input is not in {missing}, so clients do not see it'
        merging.findings.hint(INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM, message, at, declared)
        return False
    message = f'Value "{at}" of an enum not used for input is not in {missing}'
    merging.findings.hint(INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM, message, at, declared)
    return True


def _merge_value(declared: Sequence[Declared[EnumValue]], merging: Merging) -> MergedValue:
    first = declared[0].element
    return MergedValue(
        name=first.name,
        description=merge_descriptions(declared, first.coordinate, merging.findings),
        directives=merge_applied(declared, merging),
        coordinate=first.coordinate,
        graphs=tuple(d.source.graph for d in declared),
    )
