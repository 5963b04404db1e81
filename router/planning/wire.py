"""Selections as the subgraph sees them: keys that cannot clash there, and the frozen tree of what comes back.

GraphQL lets one response key stand for fields of different types in different fragments only when their shapes
agree (section 5.3.2).  The API schema may merge what subgraphs declare differently (``ID`` here, ``ID!`` there), so
a valid client operation can clash inside a subgraph; the later field then travels under a reserved alias.
"""

from __future__ import annotations

from collections.abc import Iterator

from router.federation.supergraph import Supergraph
from router.language.operation import RESERVED_PREFIX, TypeRef
from router.planning.fetch_graph import ContextArguments, FieldBuilder, SelectionBuilder
from router.planning.plan import FetchField, FetchFragment, FetchSelection
from router.querygraph.graph import Node

COMPOSITE = "{}"


def assign_wire_keys(selections: list[SelectionBuilder]) -> None:
    """Give every field below selections that stand at one place its key in the subgraph's answer."""
    by_key: dict[str, list[FieldBuilder]] = {}
    for selection in selections:
        for field in _all_fields(selection):
            by_key.setdefault(field.data_key, []).append(field)
    for data_key, fields in by_key.items():
        shapes: dict[object, list[FieldBuilder]] = {}
        for field in fields:
            shapes.setdefault(_shape(field), []).append(field)
        for number, alike in enumerate(shapes.values()):
            wire_key = data_key if number == 0 else f"{RESERVED_PREFIX}{data_key}_{number}"
            while number and wire_key in by_key:
                wire_key += "_"
            for field in alike:
                field.wire_key = wire_key
            below = [field.selection for field in alike if field.selection is not None]
            if below:
                assign_wire_keys(below)


def _all_fields(selection: SelectionBuilder) -> Iterator[FieldBuilder]:
    yield from selection.fields.values()
    for fragment in selection.fragments.values():
        yield from _all_fields(fragment)


def _shape(field: FieldBuilder) -> tuple[str, str, str, str, ContextArguments]:
    """Fields of one shape, name and arguments may share a key."""
    name = COMPOSITE if field.selection is not None else field.type.name
    return _wrappers(field.type), name, field.name, field.arguments, field.contexts


def _wrappers(type_: TypeRef) -> str:
    inner = "" if type_.of is None else f"[{_wrappers(type_.of)}]"
    return inner + "!" if type_.is_non_null else inner


def fetch_selections(
    selections: list[SelectionBuilder], supergraph: Supergraph
) -> tuple[FetchSelection, ...]:
    """Freeze selections on one type; conditions are dropped, since what is skipped just does not come back."""
    fields: dict[tuple[str, str], list[FieldBuilder]] = {}
    fragments: dict[tuple[str, ...], tuple[Node, list[SelectionBuilder]]] = {}
    for selection in selections:
        _collect(selection, fields, fragments)
    frozen: list[FetchSelection] = []
    for (data_key, wire_key), alike in fields.items():
        first = alike[0]
        below = [field.selection for field in alike if field.selection is not None]
        frozen.append(
            FetchField(
                first.name, data_key, wire_key, fetch_selections(below, supergraph), first.type.list_depth
            )
        )
    for types, (node, inner) in fragments.items():
        frozen.append(FetchFragment(types, node.type_name, fetch_selections(inner, supergraph)))
    return tuple(frozen)


def _collect(
    selection: SelectionBuilder,
    fields: dict[tuple[str, str], list[FieldBuilder]],
    fragments: dict[tuple[str, ...], tuple[Node, list[SelectionBuilder]]],
) -> None:
    for field in selection.fields.values():
        fields.setdefault((field.data_key, field.wire_key), []).append(field)
    for (type_condition, _, _), fragment in selection.fragments.items():
        if type_condition is None or fragment.node is None:
            _collect(fragment, fields, fragments)
        else:
            fragments.setdefault(fragment.types, (fragment.node, []))[1].append(fragment)
