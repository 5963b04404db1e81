"""Ask a leaf that several conditions want once for each case that the others do not cover."""

from __future__ import annotations

from collections.abc import Iterator

from router.language.operation import Conditions
from router.planning.conditions import simplify
from router.planning.fetch_graph import FetchGraph, FieldBuilder, SelectionBuilder


def share_conditional_leaves(graph: FetchGraph) -> None:
    """Rewrite the conditions of leaves at each place of each fetch.  Cost: linear in the selections."""
    for fetch in graph.fetches:
        if fetch.root is not None:
            _share(fetch.root)
        for batch in fetch.batches:
            for entity in batch.entities.values():
                _share(entity.selection)


def _share(selection: SelectionBuilder) -> None:
    wanted: dict[str, tuple[FieldBuilder, list[Conditions]]] = {}
    for conditions, part in _parts(selection, frozenset()):
        for field in part.fields.values():
            if field.selection is not None:
                _share(field.selection)
            else:
                wanted.setdefault(field.data_key, (field, []))[1].append(conditions)
        for (type_condition, _, _), fragment in part.fragments.items():
            if type_condition is not None:
                _share(fragment)
    for data_key, (field, conjunctions) in wanted.items():
        least = simplify(conjunctions)
        if set(least) == set(conjunctions):
            continue
        for _, part in _parts(selection, frozenset()):
            part.fields.pop(data_key, None)
        for conjunction in least:
            selection.under(conjunction).add(field)


def _parts(
    selection: SelectionBuilder, conditions: Conditions
) -> Iterator[tuple[Conditions, SelectionBuilder]]:
    """Give the selection and its conditional parts, with the conditions under which they hold."""
    yield conditions, selection
    for (type_condition, further, turn), fragment in list(selection.fragments.items()):
        if type_condition is None and not turn:
            yield from _parts(fragment, conditions | further)
