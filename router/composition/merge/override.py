"""Which subgraph's field an @override takes over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.composition.merge.merging import Merging
from router.composition.merge.say import subgraphs
from router.composition.source import Declared
from router.federation.codes import (
    OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE,
    OVERRIDE_FROM_SELF_ERROR,
    OVERRIDE_SOURCE_HAS_OVERRIDE,
)
from router.federation.hints import (
    FROM_SUBGRAPH_DOES_NOT_EXIST,
    OVERRIDDEN_FIELD_CAN_BE_REMOVED,
    OVERRIDE_DIRECTIVE_CAN_BE_REMOVED,
    OVERRIDE_MIGRATION_IN_PROGRESS,
)
from router.federation.subgraph import FieldDefinition, applied
from router.language.values import string_argument


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the overrides of one field come to, by subgraph name."""

    overridden: Mapping[str, str | None]
    """Subgraphs that lose the field, with the label when it moves step by step."""
    labels: Mapping[str, str]
    """Subgraphs that take the field over step by step, with the label."""


NONE = Overrides({}, {})


def find_overrides(declared: Sequence[Declared[FieldDefinition]], merging: Merging) -> Overrides:
    """Follow every @override of one field; a refused one is reported and not followed.

    Codes: OVERRIDE_FROM_SELF_ERROR, OVERRIDE_SOURCE_HAS_OVERRIDE,
    OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE.
    """
    froms = {
        d.source.name: (
            string_argument(use.arguments.get("from")),
            string_argument(use.arguments.get("label")),
        )
        for d in declared
        if (use := applied(d.element, "override")) is not None
    }
    if not froms:
        return NONE
    by_name = {d.source.name: d for d in declared}
    overridden: dict[str, str | None] = {}
    labels: dict[str, str] = {}
    for name, (source_name, label) in froms.items():
        if source_name is None or _is_refused(name, source_name, label, by_name, merging):
            continue
        if source_name not in by_name:
            _hint_gone(by_name[name], source_name, merging)
            continue
        overridden[source_name] = label
        if label is not None:
            labels[name] = label
        _hint_taken(by_name[name], by_name[source_name], label, merging)
    return Overrides(overridden, labels)


def is_needed(declared: Declared[FieldDefinition]) -> bool:
    """Whether a field set or an interface of its own subgraph needs the field, whoever resolves it."""
    type_name, name = declared.element.coordinate.split(".")
    types = declared.source.subgraph.types
    return declared.element.coordinate in declared.source.use.used or any(
        name in types[interface].fields for interface in types[type_name].interfaces if interface in types
    )


def refuse_on_interface_objects(declared: Sequence[Declared[FieldDefinition]], merging: Merging) -> None:
    """An interface object's field cannot take over those of all implementations at once.

    Code: OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE.
    """
    for d in declared:
        if applied(d.element, "override") is not None:
            at = d.element.coordinate
            message = (
                f'"{at}" has @override in {subgraphs([d.source.name])}, where its type is an @interfaceObject; '
                "override the field in every implementation instead"
            )
            merging.findings.error(OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE, message, at, [d])


def _is_refused(
    name: str,
    source_name: str,
    label: str | None,
    by_name: Mapping[str, Declared[FieldDefinition]],
    merging: Merging,
) -> bool:
    """Whether there is nothing to take over, which is an error unless the giver gave it up already."""
    taker = by_name[name]
    at = taker.element.coordinate
    if source_name == name:
        message = (
            f'"{at}" in subgraph "{name}" has @override(from: "{name}"), its own name; '
            "name the subgraph the field comes from"
        )
        merging.findings.error(OVERRIDE_FROM_SELF_ERROR, message, at, [taker])
        return True
    giver = by_name.get(source_name)
    if giver is None:
        return False
    if giver.source.use.is_external(giver.element):
        _hint_gone(taker, source_name, merging)
        return label is None
    if applied(giver.element, "override") is not None:
        message = (
            f'"{at}" is overridden in {subgraphs([name])} from {subgraphs([source_name])}, which has an '
            "@override of the field itself; keep one of the two"
        )
        merging.findings.error(OVERRIDE_SOURCE_HAS_OVERRIDE, message, at, [taker, giver])
        return True
    return _collides(taker, giver, merging)


def _collides(taker: Declared[FieldDefinition], giver: Declared[FieldDefinition], merging: Merging) -> bool:
    at = taker.element.coordinate
    for declared in (giver, taker):
        for directive in ("requires", "provides", "external"):
            if directive == "external":
                is_used = declared.source.use.is_external(declared.element)
            else:
                is_used = applied(declared.element, directive) is not None
            # What the giver has @external is nothing that it could lose.
            if is_used and (declared is taker) == (directive == "external"):
                message = (
                    f'"{at}" in {subgraphs([taker.source.name])} cannot be overridden from '
                    f"{subgraphs([giver.source.name])}: it has @{directive} in "
                    f"{subgraphs([declared.source.name])}; remove one of the two"
                )
                merging.findings.error(OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE, message, at, [taker, giver])
                return True
    return False


def _hint_gone(taker: Declared[FieldDefinition], source_name: str, merging: Merging) -> None:
    at = taker.element.coordinate
    if source_name not in merging.by_name:
        message = f'"{at}" is overridden from "{source_name}", but there is no such subgraph'
        merging.findings.hint(FROM_SUBGRAPH_DOES_NOT_EXIST, message, at, [taker])
    else:
        message = f'"{at}" is no longer in subgraph "{source_name}"; its @override can be removed'
        merging.findings.hint(OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, message, at, [taker])


def _hint_taken(
    taker: Declared[FieldDefinition], giver: Declared[FieldDefinition], label: str | None, merging: Merging
) -> None:
    at = taker.element.coordinate
    if label is not None:
        message = f'"{at}" is moving from "{giver.source.name}" to "{taker.source.name}" (label "{label}")'
        merging.findings.hint(OVERRIDE_MIGRATION_IN_PROGRESS, message, at, [taker, giver])
    else:
        message = f'"{at}" is overridden by "{taker.source.name}"; remove it from "{giver.source.name}"'
        if is_needed(giver):
            message += ", with the field sets and interfaces there that need it, or mark it @external"
        merging.findings.hint(OVERRIDDEN_FIELD_CAN_BE_REMOVED, message, at, [giver])
