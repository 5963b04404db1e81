"""The root fields of a mutation in the order in which they run.

A response key runs where its first occurrence stands that is not skipped (GraphQL 6.3.2, CollectFields).  With
conditions on variables that place is not known when planning, so such a key is laid out at each place where it may
run, under conditions of which exactly one set holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from router.language.operation import (
    Condition,
    Conditions,
    Field,
    InlineFragment,
    Selection,
    SelectionSet,
)

MAX_WAYS: Final = 64
"""Sets of conditions for one occurrence; hostile operations could ask for exponentially many."""


def in_series(selection_set: SelectionSet) -> list[Selection]:
    """Give root selections of one response key each, in the order they run."""
    occurrences = list(_occurrences(selection_set, frozenset()))
    by_key: dict[str, list[tuple[int, Field, Conditions]]] = {}
    for index, (field, conditions) in enumerate(occurrences):
        by_key.setdefault(field.response_key, []).append((index, field, conditions))
    placed: list[tuple[int, Selection]] = []
    for places in by_key.values():
        placed.extend(_where_it_runs(selection_set.parent_type, places))
    return [selection for _, selection in sorted(placed, key=lambda one: one[0])]


def _occurrences(selection_set: SelectionSet, conditions: Conditions) -> Iterator[tuple[Field, Conditions]]:
    """Give every field with all conditions around it; fragments on a root type narrow nothing."""
    for selection in selection_set.selections:
        under = conditions.union(selection.conditions)
        if isinstance(selection, Field):
            yield replace(selection, conditions=tuple(sorted(under))), under
        else:
            yield from _occurrences(selection.selection_set, under)


def _where_it_runs(
    parent_type: str, places: list[tuple[int, Field, Conditions]]
) -> Iterator[tuple[int, Selection]]:
    skipped: list[Conditions] = []
    for number, (index, _, conditions) in enumerate(places):
        fields = tuple(field for _, field, _ in places[number:])
        for way in first_after(conditions, skipped):
            if len(fields) == 1 and way == conditions:
                yield index, fields[0]
            else:
                yield index, InlineFragment(None, SelectionSet(parent_type, fields), tuple(sorted(way)))
        if not conditions:
            return  # it runs here at the latest
        skipped.append(conditions)


def first_after(conditions: Conditions, skipped: list[Conditions]) -> list[Conditions]:
    """Give sets of conditions, no two of which hold together, for: these hold and none of the skipped ones does."""
    ways = [conditions]
    for conjunction in skipped:
        ways = [narrower for way in ways for narrower in _unless(way, conjunction)]
        if len(ways) > MAX_WAYS:
            return [conditions]
    return ways


def _unless(way: Conditions, conjunction: Conditions) -> Iterator[Conditions]:
    held = way
    for condition in sorted(conjunction):
        turned = Condition(condition.variable, not condition.is_include)
        if turned in held:
            yield held  # the conjunction cannot hold here at all
            return
        if condition not in held:
            yield held | {turned}
            held |= {condition}
