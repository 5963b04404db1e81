"""Ask what several conditions want once for each case that the others do not cover."""

from __future__ import annotations

from collections.abc import Iterator

from router.language.operation import Conditions
from router.planning.conditions import simplify
from router.planning.fetch_graph import FetchGraph, FieldBuilder, SelectionBuilder


def share_conditional_selections(graph: FetchGraph) -> None:
    """Rewrite the conditions of selections at each place of each fetch.  Cost: linear in the selections."""
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
    _drop_covered(selection)
    for data_key, (field, conjunctions) in wanted.items():
        least = simplify(conjunctions)
        if set(least) == set(conjunctions):
            continue
        for _, part in _parts(selection, frozenset()):
            part.fields.pop(data_key, None)
        for conjunction in least:
            selection.under(conjunction).add(field)


def _drop_covered(selection: SelectionBuilder) -> None:
    """Drop below conditional objects what is asked of the same object around them in any case."""
    parts = list(_parts(selection, frozenset()))
    for conditions, part in parts:
        for data_key, field in list(part.fields.items()):
            for around, other in parts:
                known = other.fields.get(data_key)
                if around < conditions and known is not None and known.selection and field.selection:
                    _subtract(field.selection, known.selection)
                    if _is_empty(field.selection):
                        part.fields.pop(data_key, None)


def _subtract(selection: SelectionBuilder, asked: SelectionBuilder) -> None:
    for data_key, field in list(selection.fields.items()):
        known = asked.fields.get(data_key)
        if known is None:
            continue
        if field.selection is not None and known.selection is not None:
            _subtract(field.selection, known.selection)
        if field.selection is None or _is_empty(field.selection):
            del selection.fields[data_key]
    for key, fragment in list(selection.fragments.items()):
        known_fragment = asked.fragments.get(key)
        if known_fragment is not None:
            _subtract(fragment, known_fragment)
            if _is_empty(fragment):
                del selection.fragments[key]


def _is_empty(selection: SelectionBuilder) -> bool:
    return not selection.fields and not selection.fragments


def _parts(
    selection: SelectionBuilder, conditions: Conditions
) -> Iterator[tuple[Conditions, SelectionBuilder]]:
    """Give the selection and its conditional parts, with the conditions under which they hold."""
    yield conditions, selection
    for (type_condition, further, turn), fragment in list(selection.fragments.items()):
        if type_condition is None and not turn:
            yield from _parts(fragment, conditions | further)
