"""What every merge function may ask: the sources, what is used where, and where to report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.composition.merge.merge_type_refs import Subtypes
from router.composition.source import Declared, Findings, Source
from router.federation.subgraph import FieldDefinition, Kind, TypeDefinition, applied


@dataclass(frozen=True, slots=True)
class Merging:
    """Facts about all the subgraphs, gathered once, and the findings so far."""

    sources: tuple[Source, ...]
    by_name: Mapping[str, Source]
    subtypes: Subtypes
    composed: Mapping[str, frozenset[str]]
    """Subgraph name → custom directives whose uses there the supergraph keeps."""
    object_fields: Mapping[str, tuple[Declared[FieldDefinition], ...]]
    """Coordinate of an interface's field → where an interface object resolves it."""
    findings: Findings

    def through_interfaces(self, type_name: str, field_name: str) -> tuple[Declared[FieldDefinition], ...]:
        """Where interface objects resolve a field of this type, through any of its interfaces."""
        if not self.object_fields:
            return ()
        above = sorted(self.subtypes.above.get(type_name, ()))
        return tuple(d for name in above for d in self.object_fields.get(f"{name}.{field_name}", ()))


def declarations(sources: tuple[Source, ...]) -> dict[str, list[Declared[TypeDefinition]]]:
    """Every type's declarations, in the order of the subgraphs."""
    found: dict[str, list[Declared[TypeDefinition]]] = {}
    for source in sources:
        for name, type_ in source.subgraph.types.items():
            found.setdefault(name, []).append(Declared(source, type_))
    return found


def gather(
    sources: tuple[Source, ...], composed: Mapping[str, frozenset[str]], findings: Findings
) -> Merging:
    """Gather the facts; linear in the size of the subgraphs."""
    above: dict[str, set[str]] = {}
    for source in sources:
        for type_ in source.subgraph.types.values():
            above.setdefault(type_.name, set()).update(type_.interfaces)
            for member in type_.members:
                above.setdefault(member, set()).add(type_.name)
    return Merging(
        sources=sources,
        by_name={source.name: source for source in sources},
        subtypes=Subtypes({name: frozenset(supers) for name, supers in above.items()}),
        composed=composed,
        object_fields=_object_fields(sources),
        findings=findings,
    )


def _object_fields(sources: tuple[Source, ...]) -> dict[str, tuple[Declared[FieldDefinition], ...]]:
    found: dict[str, tuple[Declared[FieldDefinition], ...]] = {}
    for source in sources:
        for type_ in source.subgraph.types.values():
            if is_interface_object(type_):
                for field in type_.fields.values():
                    if source.use.is_resolved(field):
                        here = (*found.get(field.coordinate, ()), Declared(source, field))
                        found[field.coordinate] = here
    return found


def kind_in_supergraph(type_: TypeDefinition) -> Kind:
    """The kind, reading an interface object as the interface it stands for."""
    return Kind.INTERFACE if is_interface_object(type_) else type_.kind


def is_interface_object(type_: TypeDefinition) -> bool:
    """True for an object type marked @interfaceObject."""
    return type_.kind is Kind.OBJECT and applied(type_, "interfaceObject") is not None
