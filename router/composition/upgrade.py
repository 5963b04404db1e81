"""Federation 1 subgraphs, read as federation 2.

drop     what federation 1 servers print and federation 2 forbids: federation
         directives on interfaces, @provides on scalars, unused @external fields, and
         selections of what is not external
own      the key fields of an extension are its own, and the extension a definition
share    value types, and fields that another subgraph resolves too: federation 1
         never asked, so federation 2 may not complain
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from router.composition.inactive_field_sets import without_inactive_field_sets
from router.composition.result import CompositionHint
from router.composition.source import Declared, Findings, Source
from router.federation.codes import INTERFACE_OBJECT_USAGE_ERROR, TYPE_WITH_ONLY_UNUSED_EXTERNAL
from router.federation.directives import FEDERATION_1
from router.federation.field_sets import field_set_uses
from router.federation.field_use import FieldUse, field_use
from router.federation.hints import IMPLICITLY_UPGRADED_FEDERATION_VERSION
from router.federation.subgraph import (
    Applied,
    FieldDefinition,
    Kind,
    Subgraph,
    TypeDefinition,
    all_applied,
    applied,
)
from router.language.field_set import FieldSetField
from router.language.values import string_argument

ROOT_NAMES = frozenset({"Query", "Mutation", "Subscription"})


def upgrade(subgraphs: tuple[Subgraph, ...], findings: Findings) -> tuple[Subgraph, ...]:
    """The subgraphs with those of federation 1 rewritten; others are returned as they are.

    Codes: TYPE_WITH_ONLY_UNUSED_EXTERNAL, INTERFACE_OBJECT_USAGE_ERROR.
    """
    if all(s.version != FEDERATION_1 for s in subgraphs):
        return subgraphs
    for subgraph in subgraphs:
        if subgraph.is_federation_1:
            message = (
                f'Subgraph "{subgraph.name}" links no federation specification, so it is read as federation 1 '
                "and upgraded; link https://specs.apollo.dev/federation to say what it means"
            )
            code = IMPLICITLY_UPGRADED_FEDERATION_VERSION
            findings.hints.append(CompositionHint(code, message, (subgraph.name,)))
    _check_interface_keys(subgraphs, findings)
    subgraphs = _with_own_keys(subgraphs)
    defined = {t.name for s in subgraphs for t in s.types.values() if t.has_definition}
    others = _Others(frozenset(defined), _tags(subgraphs))
    tidied = [_tidy(s, others, findings) if s.is_federation_1 else s for s in subgraphs]
    resolved = _resolved(tidied)
    return tuple(_share(s, resolved) if s.is_federation_1 else s for s in tidied)


def _check_interface_keys(subgraphs: tuple[Subgraph, ...], findings: Findings) -> None:
    """An interface object asks others for type names by the interface's @key, which federation 1 does not answer."""
    objects = {
        t.name for s in subgraphs for t in s.types.values() if applied(t, "interfaceObject") is not None
    }
    for subgraph in subgraphs:
        for name in objects & subgraph.types.keys() if subgraph.is_federation_1 else ():
            type_ = subgraph.types[name]
            if type_.kind is Kind.INTERFACE and applied(type_, "key") is not None:
                message = (
                    f'Interface "{name}" is an @interfaceObject elsewhere, for which its @key must give type names; '
                    "that of a federation 1 subgraph does not. Link https://specs.apollo.dev/federation, or remove it"
                )
                source = Source(subgraph, field_use(subgraph), "")
                findings.errors.append(source.error(INTERFACE_OBJECT_USAGE_ERROR, message, name, type_))


def _with_own_keys(subgraphs: tuple[Subgraph, ...]) -> tuple[Subgraph, ...]:
    """In federation 1, an extension without a @key has the first key of every other subgraph for its own."""
    keys: dict[str, dict[str, frozenset[str]]] = {}
    for subgraph in subgraphs:
        for use in field_set_uses(subgraph):
            if use.directive == "key" and use.field_set is not None:
                names = (s.name for s in use.field_set.selections if isinstance(s, FieldSetField))
                keys.setdefault(use.owner.name, {}).setdefault(subgraph.name, frozenset(names))
    return tuple(_owning(s, keys) if s.is_federation_1 else s for s in subgraphs)


def _owning(subgraph: Subgraph, keys: Mapping[str, Mapping[str, frozenset[str]]]) -> Subgraph:
    types = dict(subgraph.types)
    for name, type_ in subgraph.types.items():
        others = keys.get(name, {})
        if type_.kind is Kind.OBJECT and not type_.has_definition and others and subgraph.name not in others:
            own = frozenset().union(*others.values()) & type_.fields.keys()
            fields = {n: _without_external(f) if n in own else f for n, f in type_.fields.items()}
            types[name] = replace(type_, fields=fields)
    return replace(subgraph, types=types)


def _without_external(field: FieldDefinition) -> FieldDefinition:
    return replace(field, is_external=False, directives=_without(field.directives, {"external"}))


@dataclass(frozen=True, slots=True)
class _Others:
    """What all subgraphs together say."""

    defined: frozenset[str]
    """Names of types."""
    tags: frozenset[tuple[str, str]]
    """Coordinate and name of every @tag on a field that is not @external."""


def _tags(subgraphs: tuple[Subgraph, ...]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (field.coordinate, string_argument(tag.arguments.get("name")) or "")
        for subgraph in subgraphs
        for type_ in subgraph.types.values()
        for field in type_.fields.values()
        if not field.is_external
        for tag in all_applied(field, "tag")
    )


def _without_tags(field: FieldDefinition, said: frozenset[tuple[str, str]]) -> FieldDefinition:
    """Leave out of an external field the tags that its owner has as well; others are faults, found later."""
    kept = (
        d
        for d in field.directives
        if not (d.is_known and d.name == "tag")
        or (field.coordinate, string_argument(d.arguments.get("name")) or "") not in said
    )
    return replace(field, directives=tuple(kept))


def _tidy(subgraph: Subgraph, others: _Others, findings: Findings) -> Subgraph:
    """Drop and own."""
    types = {name: _without_forbidden(t, subgraph) for name, t in subgraph.types.items()}
    subgraph = replace(subgraph, types=types)
    use = field_use(subgraph)
    own = {name: dict(_own_fields(type_, use, others.tags)) for name, type_ in types.items()}
    referred = {field.type.name for fields in own.values() for field in fields.values()}
    referred.update(member for type_ in types.values() for member in (*type_.members, *type_.interfaces))
    kept: dict[str, TypeDefinition] = {}
    for name, type_ in types.items():
        fields = own[name]
        if type_.fields and not fields:
            # What nothing leads to can go without a word, as its fields did.
            if name in referred:
                _report_empty(subgraph, use, type_, findings)
            continue
        is_entity_like = type_.kind in (Kind.OBJECT, Kind.INTERFACE)
        is_definition = type_.has_definition or (is_entity_like and name in others.defined)
        kept[name] = replace(
            type_,
            fields=fields,
            has_definition=is_definition,
            directives=tuple(
                replace(d, in_extension=False) if is_definition else d for d in type_.directives
            ),
        )
    return without_inactive_field_sets(replace(subgraph, types=kept))


def _own_fields(
    type_: TypeDefinition, use: FieldUse, tags: frozenset[tuple[str, str]]
) -> Iterator[tuple[str, FieldDefinition]]:
    """The fields without unused externals; those that only looked external are own ones."""
    for name, field in type_.fields.items():
        if not field.is_external:
            yield name, field
        elif not use.is_external(field):
            yield name, _without_external(field)
        elif field.coordinate in use.used:
            yield name, _without_tags(field, tags)


def _report_empty(subgraph: Subgraph, use: FieldUse, type_: TypeDefinition, findings: Findings) -> None:
    message = (
        f'[{subgraph.name}] Type "{type_.name}" has nothing but @external fields that nothing uses; '
        "remove the type from the subgraph"
    )
    place = Declared(Source(subgraph, use, ""), type_)
    findings.error(TYPE_WITH_ONLY_UNUSED_EXTERNAL, message, type_.name, [place])


def _without_forbidden(type_: TypeDefinition, subgraph: Subgraph) -> TypeDefinition:
    if type_.kind is Kind.INTERFACE:
        forbidden = {"external", "requires", "provides"}
        fields = {
            name: replace(f, is_external=False, directives=_without(f.directives, forbidden))
            for name, f in type_.fields.items()
        }
        return replace(type_, fields=fields, directives=_without(type_.directives, {"key"}))
    if applied(type_, "external") is not None:
        # Federation 1 has @external on fields only.
        fields = {
            n: replace(f, is_external=applied(f, "external") is not None) for n, f in type_.fields.items()
        }
        type_ = replace(type_, fields=fields, directives=_without(type_.directives, {"external"}))
    if not any(applied(f, "provides") for f in type_.fields.values()):
        return type_
    fields = {}
    for name, field in type_.fields.items():
        target = subgraph.types.get(field.type.name)
        is_composite = target is not None and target.is_composite
        directives = field.directives if is_composite else _without(field.directives, {"provides"})
        fields[name] = replace(field, directives=directives)
    return replace(type_, fields=fields)


def _without(directives: Applied, names: set[str]) -> Applied:
    return tuple(d for d in directives if not (d.is_known and d.name in names))


def _resolved(subgraphs: list[Subgraph]) -> dict[str, set[str]]:
    """Coordinates of types and fields → names of the subgraphs that have or resolve them."""
    found: dict[str, set[str]] = {}
    for subgraph in subgraphs:
        use = field_use(subgraph)
        for type_ in subgraph.types.values():
            found.setdefault(type_.name, set()).add(subgraph.name)
            for field in type_.fields.values():
                if use.is_resolved(field):
                    found.setdefault(field.coordinate, set()).add(subgraph.name)
    return found


def _share(subgraph: Subgraph, resolved: dict[str, set[str]]) -> Subgraph:
    types = dict(subgraph.types)
    for name, type_ in subgraph.types.items():
        if type_.kind is not Kind.OBJECT or name == "Subscription":
            continue
        is_value_type = name not in ROOT_NAMES and applied(type_, "key") is None
        if is_value_type and len(resolved[name]) > 1:
            shared = {n for n, f in type_.fields.items() if not f.is_external}
        else:
            shared = {
                n
                for n, f in type_.fields.items()
                if not f.is_external and resolved.get(f.coordinate, set()) - {subgraph.name}
            }
        if shared:
            fields = {n: replace(f, is_shareable=True) if n in shared else f for n, f in type_.fields.items()}
            types[name] = replace(type_, fields=fields)
    return replace(subgraph, types=types)
