"""Fields of object types and interfaces: who resolves them, in which type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.composition.merge.check_external import check_external
from router.composition.merge.check_sharing import check_sharing
from router.composition.merge.merge_applied import merge_applied
from router.composition.merge.merge_contexts import context_arguments, without_contextual
from router.composition.merge.merge_descriptions import merge_descriptions
from router.composition.merge.merge_inputs import ARGUMENT, merge_input, merge_inputs
from router.composition.merge.merge_join_directives import merge_join_directives
from router.composition.merge.merge_type_refs import MergedRef, merge_output_types
from router.composition.merge.merged import JoinField, MergedField
from router.composition.merge.merging import Merging
from router.composition.merge.override import (
    NONE,
    Overrides,
    find_overrides,
    is_needed,
    refuse_on_interface_objects,
)
from router.composition.merge.say import by_value, subgraphs
from router.composition.source import Declared
from router.federation.codes import FIELD_TYPE_MISMATCH
from router.federation.hints import (
    INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE,
    INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD,
    INCONSISTENT_OBJECT_VALUE_TYPE_FIELD,
)
from router.federation.subgraph import FieldDefinition, Kind, TypeDefinition, applied
from router.language.values import string_argument

Owners = Sequence[Declared[TypeDefinition]]


def merge_fields(owners: Owners, kind: Kind, merging: Merging) -> dict[str, MergedField]:
    """Every field that any owner declares, in first-seen order."""
    declared: dict[str, list[Declared[FieldDefinition]]] = {}
    for owner in owners:
        for name, field in owner.element.fields.items():
            declared.setdefault(name, []).append(Declared(owner.source, field))
    if len(owners) > 1:
        _hint_absent(owners, declared, kind, merging)
    return {
        name: _only_field(fields[0], owners, merging)
        if _is_plain(fields, merging)
        else merge_field(owners, fields, kind, merging)
        for name, fields in declared.items()
    }


def _is_plain(fields: Sequence[Declared[FieldDefinition]], merging: Merging) -> bool:
    """True for nearly every field: one subgraph has it, resolves it, and says nothing else about it."""
    first = fields[0].element
    return len(fields) == 1 and not (first.directives or first.is_external or merging.object_fields)


def _only_field(declared: Declared[FieldDefinition], owners: Owners, merging: Merging) -> MergedField:
    """What `merge_field` would give for a plain field."""
    field = declared.element
    arguments = (
        {
            name: merge_input([Declared(declared.source, argument)], ARGUMENT, merging)
            for name, argument in field.arguments.items()
            if applied(argument, "fromContext") is None
        }
        if field.arguments
        else {}
    )
    contexts = context_arguments(declared) if len(arguments) < len(field.arguments) else ()
    join = JoinField(declared.source.graph, context_arguments=contexts)
    return MergedField(
        name=field.name,
        type=field.type,
        arguments=arguments,
        description=field.description or None,
        directives=(),
        coordinate=field.coordinate,
        joins=(join,) if contexts or len(owners) > 1 else (),
    )


def _hint_absent(
    owners: Owners,
    declared: Mapping[str, Sequence[Declared[FieldDefinition]]],
    kind: Kind,
    merging: Merging,
) -> None:
    """Fields of value types and interfaces that some owners lack; of entities that is the point."""
    name = owners[0].element.name
    if name in ("Query", "Mutation", "Subscription") or any(name in o.source.use.keys for o in owners):
        return
    is_object = kind is Kind.OBJECT
    # A type of nothing but @external fields says what it needs, not what the type is.
    owners = [o for o in owners if not all(map(o.source.use.is_external, o.element.fields.values()))]
    code = INCONSISTENT_OBJECT_VALUE_TYPE_FIELD if is_object else INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD
    for fields in declared.values():
        here = {d.source.name for d in fields}
        lacking = [o.source.name for o in owners if o.source.name not in here]
        if lacking:
            at = fields[0].element.coordinate
            message = f'Field "{at}" is in {subgraphs(sorted(here))} but not in {subgraphs(lacking)}'
            merging.findings.hint(code, message, at, fields)


def merge_field(
    owners: Owners, declared: Sequence[Declared[FieldDefinition]], kind: Kind, merging: Merging
) -> MergedField:
    """One field out of its declarations.

    Type, arguments, description and directives come from the subgraphs that resolve it, or did before they were
    overridden; if there is none, the error is reported and the declarations at hand are used.
    Codes: FIELD_TYPE_MISMATCH, and those of the parts.
    """
    overrides = find_overrides(declared, merging) if kind is Kind.OBJECT else NONE
    here = [d for d in declared if _is_present(d, overrides)]
    owned = [d for d in here if not d.source.use.is_external(d.element)]
    # Who is overridden still declares the field: clients of both must be able to read it.
    authors = [d for d in declared if not d.source.use.is_external(d.element)] or here
    first = authors[0].element
    merged = merge_output_types(authors, merging.subtypes)
    _report_types(authors, merged, merging)
    through = merging.through_interfaces(*first.coordinate.split("."))
    field = MergedField(
        name=first.name,
        type=merged.ref,
        arguments=merge_inputs(
            [(d.source, own) for d, own in zip(authors, without_contextual(authors, merging), strict=True)],
            ARGUMENT,
            merging,
        ),
        description=merge_descriptions(authors, first.coordinate, merging.findings),
        directives=merge_applied(authors, merging),
        coordinate=first.coordinate,
        joins=_joins(_Joining(owners, here, overrides, merged.is_same)),
        join_directives=merge_join_directives(here),
    )
    if owned or not through:
        check_external(field, here, owned, merging)
    if kind is Kind.OBJECT:
        kept = [d for d in here if d.source.name not in overrides.overridden]
        check_sharing(field, [*kept, *through], merging)
    else:
        refuse_on_interface_objects(declared, merging)
        check_sharing(field, merging.object_fields.get(first.coordinate, ()), merging)
    return field


def _is_present(d: Declared[FieldDefinition], overrides: Overrides) -> bool:
    """False for a field that is overridden for good and used by nothing in its subgraph."""
    if d.source.name not in overrides.overridden:
        return True
    is_labelled = overrides.overridden[d.source.name] is not None
    return is_labelled or is_needed(d)


def _report_types(authors: Sequence[Declared[FieldDefinition]], merged: MergedRef, merging: Merging) -> None:
    if merged.is_same:
        return
    at = authors[0].element.coordinate
    types = by_value(authors, lambda field: f'"{field.type}"')
    if not merged.is_compatible:
        message = f'The type of field "{at}" is {types}; none of them includes the others. Use one type'
        merging.findings.error(FIELD_TYPE_MISMATCH, message, at, authors)
    else:
        message = f'The type of field "{at}" is {types}; the supergraph uses the widest, "{merged.ref}"'
        merging.findings.hint(INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE, message, at, authors)


@dataclass(frozen=True, slots=True)
class _Joining:
    owners: Owners
    here: Sequence[Declared[FieldDefinition]]
    overrides: Overrides
    is_same_type: bool


def _joins(joining: _Joining) -> tuple[JoinField, ...]:
    """The field's ``@join__field``; none when it is plainly in all subgraphs of its type."""
    joins = tuple(_join(d, joining) for d in joining.here)
    if len(joins) == len(joining.owners) and all(join.is_plain for join in joins):
        return ()
    return joins


def _join(d: Declared[FieldDefinition], joining: _Joining) -> JoinField:
    field, name = d.element, d.source.name
    overrides = joining.overrides
    label = overrides.overridden.get(name) or overrides.labels.get(name)
    override = applied(field, "override")
    return JoinField(
        graph=d.source.graph,
        requires=_fields_argument(d, "requires"),
        provides=_fields_argument(d, "provides"),
        type=None if joining.is_same_type else str(field.type),
        external=d.source.use.is_external(field),
        override=string_argument(override.arguments.get("from")) if override else None,
        used_overridden=name in overrides.overridden and overrides.overridden[name] is None,
        override_label=label,
        context_arguments=context_arguments(d),
    )


def _fields_argument(d: Declared[FieldDefinition], directive: str) -> str | None:
    if applied(d.element, directive) is None:
        return None
    for use in d.source.use.by_field.get(d.element.coordinate, ()):
        if use.directive == directive and use.field_set is not None:
            return str(use.field_set)
    return None
