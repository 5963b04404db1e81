"""Which subgraph has which part of an entity: what the page draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.federation.read import read_subgraph
from router.federation.subgraph import FieldDefinition, TypeDefinition, all_applied, applied
from router.language.values import string_argument
from router.registry.model import SubgraphRevision


@dataclass(frozen=True, slots=True)
class PartView:
    """``EntityPart``."""

    subgraph: str
    keys: tuple[str, ...]
    fields: int
    requires: tuple[str, ...]
    is_reference: bool


@dataclass(frozen=True, slots=True)
class EntityView:
    """``Entity``."""

    name: str
    parts: list[PartView]


def entities_of(revisions: Sequence[SubgraphRevision]) -> list[EntityView]:
    """Give every type with a key, by name; its parts in the subgraphs' order.  Cost: a reading of each SDL."""
    found: dict[str, list[PartView]] = {}
    for revision in revisions:
        subgraph, _ = read_subgraph(revision.subgraph, revision.url, revision.sdl)
        for type_ in () if subgraph is None else subgraph.types.values():
            keys = all_applied(type_, "key")
            if keys:
                texts = tuple(string_argument(key.arguments.get("fields")) or "" for key in keys)
                found.setdefault(type_.name, []).append(_part(revision.subgraph, texts, type_))
    return [EntityView(name, parts) for name, parts in sorted(found.items())]


def _part(subgraph: str, keys: tuple[str, ...], type_: TypeDefinition) -> PartView:
    own = [field for field in type_.fields.values() if not field.is_external]
    named = {word for key in keys for word in key.replace("{", " ").replace("}", " ").split()}
    requires = tuple(f"{field.name}: {text}" for field in own if (text := _required(field)) is not None)
    return PartView(subgraph, keys, len(own), requires, all(field.name in named for field in own))


def _required(field: FieldDefinition) -> str | None:
    directive = applied(field, "requires")
    return None if directive is None else string_argument(directive.arguments.get("fields"))
