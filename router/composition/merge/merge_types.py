"""One type out of its declarations, by kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from router.composition.merge.merge_applied import merge_applied
from router.composition.merge.merge_contexts import merge_contexts
from router.composition.merge.merge_descriptions import merge_descriptions
from router.composition.merge.merge_enum import EnumUse, enum_use, merge_enum_values
from router.composition.merge.merge_fields import merge_fields
from router.composition.merge.merge_input_type import merge_input_fields
from router.composition.merge.merge_join_directives import merge_join_directives
from router.composition.merge.merge_union import merge_members
from router.composition.merge.merged import JoinType, MergedType
from router.composition.merge.merging import Merging, is_interface_object, kind_in_supergraph
from router.composition.merge.say import by_value, subgraphs
from router.composition.source import Declared
from router.federation.codes import TYPE_KIND_MISMATCH
from router.federation.hints import INCONSISTENT_ENTITY
from router.federation.subgraph import Kind, TypeDefinition

Owners = Sequence[Declared[TypeDefinition]]


def merge_types(declared: Mapping[str, Owners], merging: Merging) -> dict[str, MergedType]:
    """Every type, sorted by name.

    Enums come last: what they keep depends on where the merged schema uses them, and merging drops arguments and input
    fields that not all subgraphs have.
    """
    enums = {name for name, owners in declared.items() if owners[0].element.kind is Kind.ENUM}
    nowhere = EnumUse(frozenset(), frozenset())
    merged = {n: merge_type(declared[n], merging, nowhere) for n in sorted(declared) if n not in enums}
    if not enums:
        return merged
    use = enum_use(merged.values(), (o.element for owners in declared.values() for o in owners))
    merged |= {name: merge_type(declared[name], merging, use) for name in sorted(enums)}
    return {name: merged[name] for name in sorted(merged)}


def merge_type(owners: Owners, merging: Merging, use: EnumUse) -> MergedType:
    """One type; ``use`` counts for enums only.

    Codes: TYPE_KIND_MISMATCH, and those of its parts.
    """
    name = owners[0].element.name
    kind = kind_in_supergraph(owners[0].element)
    if any(kind_in_supergraph(o.element) is not kind for o in owners):
        kinds = by_value(owners, lambda type_: f"{_kind_text(type_)}")
        message = f'"{name}" is {kinds}; rename one of them, or agree on a kind'
        merging.findings.error(TYPE_KIND_MISMATCH, message, name, owners)
        owners = [o for o in owners if kind_in_supergraph(o.element) is kind]
    members, member_joins = merge_members(owners, merging) if kind is Kind.UNION else ((), ())
    has_fields = kind in (Kind.OBJECT, Kind.INTERFACE)
    joins = tuple(join for o in owners for join in _joins(o))
    if kind is Kind.OBJECT:
        _hint_entities(owners, merging)
    return MergedType(
        name=name,
        kind=kind,
        description=merge_descriptions(owners, name, merging.findings),
        directives=merge_applied(owners, merging) + merge_contexts(owners),
        joins=joins,
        interfaces=tuple(dict.fromkeys(i for o in owners for i in o.element.interfaces)),
        implements=tuple((o.source.graph, i) for o in owners for i in o.element.interfaces),
        fields=merge_fields(owners, kind, merging) if has_fields else {},
        inputs=merge_input_fields(owners, merging) if kind is Kind.INPUT else {},
        values=merge_enum_values(owners, use, merging) if kind is Kind.ENUM else {},
        members=members,
        member_joins=member_joins,
        join_directives=merge_join_directives(owners),
    )


def _kind_text(type_: TypeDefinition) -> str:
    names = {Kind.SCALAR: "a scalar", Kind.OBJECT: "an object type", Kind.INTERFACE: "an interface"}
    names |= {Kind.UNION: "a union", Kind.ENUM: "an enum", Kind.INPUT: "an input type"}
    text = names[type_.kind]
    return f"{text} with @interfaceObject" if is_interface_object(type_) else text


def _joins(owner: Declared[TypeDefinition]) -> Iterator[JoinType]:
    """One ``@join__type`` per key, or one when the type has none in this subgraph."""
    source, type_ = owner.source, owner.element
    is_object = is_interface_object(type_)
    keys = source.use.keys.get(type_.name, ())
    if not keys:
        yield JoinType(source.graph, is_interface_object=is_object)
    extends = any(d.name == "extends" and d.is_known for d in type_.directives)
    for key in keys:
        yield JoinType(
            graph=source.graph,
            key=str(key.field_set),
            extension=extends or key.applied.in_extension,
            resolvable=key.is_resolvable,
            is_interface_object=is_object,
        )


def _hint_entities(owners: Owners, merging: Merging) -> None:
    entities = [o for o in owners if o.element.name in o.source.use.keys]
    if entities and len(entities) < len(owners):
        name = owners[0].element.name
        others = subgraphs(o.source.name for o in owners if o.element.name not in o.source.use.keys)
        message = f'"{name}" has a @key in {subgraphs(o.source.name for o in entities)} but none in {others}'
        merging.findings.hint(INCONSISTENT_ENTITY, message, name, owners)
