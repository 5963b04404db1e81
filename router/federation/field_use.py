"""What a subgraph's fields are to it: resolved, external, provided, part of a key."""

from __future__ import annotations

from dataclasses import dataclass

from router.federation.field_sets import FieldSetUse, field_set_uses, selected
from router.federation.subgraph import FieldDefinition, Subgraph, all_applied, applied


@dataclass(frozen=True, slots=True)
class FieldUse:
    """Facts about one subgraph's fields, by coordinate."""

    uses: tuple[FieldSetUse, ...]
    keys: dict[str, tuple[FieldSetUse, ...]]
    """Usable keys by type name, in the order written."""
    by_field: dict[str, tuple[FieldSetUse, ...]]
    """@requires and @provides by the coordinate of their field."""
    in_keys: frozenset[str]
    provided: frozenset[str]
    used: frozenset[str]
    """Selected by any field set, or needed to satisfy an interface."""
    truly_external: frozenset[str]
    """Marked @external, without the key fields of extensions, which are the subgraph's own."""

    def is_external(self, field: FieldDefinition) -> bool:
        """True when another subgraph resolves the field."""
        return field.coordinate in self.truly_external

    def is_resolved(self, field: FieldDefinition) -> bool:
        """True when the subgraph answers the field itself, at least on some paths."""
        return field.coordinate not in self.truly_external or field.coordinate in self.provided

    def is_shareable(self, field: FieldDefinition) -> bool:
        """True when other subgraphs may resolve the field too."""
        at = field.coordinate
        return field.is_shareable or at in self.in_keys or (at in self.provided and at in self.truly_external)


def field_use(subgraph: Subgraph) -> FieldUse:
    """Work out the facts once.

    Cost: linear in the schema and the length of its field sets.
    """
    uses = tuple(field_set_uses(subgraph))
    keys: dict[str, tuple[FieldSetUse, ...]] = {}
    by_field: dict[str, tuple[FieldSetUse, ...]] = {}
    in_keys: set[str] = set()
    provided: set[str] = set()
    used: set[str] = set()
    own_keys: set[str] = set()
    for use in uses:
        if use.directive == "key" and use.field_set is not None:
            keys[use.owner.name] = (*keys.get(use.owner.name, ()), use)
        if use.field is not None:
            by_field[use.coordinate] = (*by_field.get(use.coordinate, ()), use)
        exact = {s.field.coordinate for s in selected(subgraph, use)}
        used.update(s.field.coordinate for s in selected(subgraph, use, with_implementations=True))
        if use.directive == "key":
            in_keys |= exact
            if use.applied.in_extension or applied(use.owner, "extends"):
                own_keys |= exact
        elif use.directive == "provides":
            provided |= {s.field.coordinate for s in selected(subgraph, use, with_implementations=True)}
    external = {
        field.coordinate
        for type_ in subgraph.types.values()
        for field in type_.fields.values()
        if field.is_external and field.coordinate not in own_keys
    }
    used |= _context_fields(subgraph)
    used |= _interface_fields(subgraph, external)
    return FieldUse(
        uses=uses,
        keys=keys,
        by_field=by_field,
        in_keys=frozenset(in_keys),
        provided=frozenset(provided),
        used=frozenset(used),
        truly_external=frozenset(external),
    )


def _interface_fields(subgraph: Subgraph, among: set[str]) -> set[str]:
    """Those of the coordinates whose field an interface of the type asks for."""
    if not among:
        return set()
    found: set[str] = set()
    for type_ in subgraph.types.values():
        for interface in type_.interfaces:
            definition = subgraph.types.get(interface)
            if definition is not None:
                found |= {f"{type_.name}.{name}" for name in definition.fields} & among
    return found


def _context_fields(subgraph: Subgraph) -> set[str]:
    """Fields of the types that set a context, or of the objects these stand for, when something reads one."""
    if not any(
        applied(a, "fromContext")
        for t in subgraph.types.values()
        for f in t.fields.values()
        for a in f.arguments.values()
    ):
        return set()
    setters = [type_.name for type_ in subgraph.types.values() if all_applied(type_, "context")]
    names = {name for setter in setters for name in (setter, *subgraph.possible_types(setter))}
    return {
        field.coordinate
        for name in names
        if name in subgraph.types
        for field in subgraph.types[name].fields.values()
    }
