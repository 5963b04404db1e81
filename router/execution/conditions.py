"""Folds ``@skip`` and ``@include`` for given values of their variables.

The order of response keys and the reach of a selection depend on these values (CollectFields), so each
combination that is really asked for gets functions of its own and none of them tests a condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from operator import is_

from router.language.operation import Condition, Field, InlineFragment, Selection, SelectionSet
from router.planning.plan import FetchNode, QueryPlan, Requirement


def condition_variables(plan: QueryPlan) -> tuple[str, ...]:
    """Give the variables that any condition of the plan reads, sorted."""
    names = set(_selection_variables(plan.operation.selection_set))
    for fetch in plan.fetches:
        for requirement in _requirements(fetch):
            names.update(condition.variable for conjunction in requirement for condition in conjunction)
    return tuple(sorted(names))


def _requirements(fetch: FetchNode) -> Iterator[Requirement]:
    yield fetch.requirement
    for entity in fetch.entities:
        yield entity.requirement
        for representation in entity.representations:
            yield representation.requirement


def _selection_variables(selection_set: SelectionSet) -> Iterator[str]:
    for selection in selection_set.selections:
        for condition in selection.conditions:
            yield condition.variable
        if selection.selection_set is not None:
            yield from _selection_variables(selection.selection_set)


def holds(requirement: Requirement, values: Mapping[str, bool]) -> bool:
    """Say whether any of the conjunctions holds; an empty requirement always does."""
    return not requirement or any(all_hold(conjunction, values) for conjunction in requirement)


def all_hold(conditions: tuple[Condition, ...], values: Mapping[str, bool]) -> bool:
    """Say whether every condition holds."""
    return all(values[condition.variable] is condition.is_include for condition in conditions)


def fold(selection_set: SelectionSet, values: Mapping[str, bool]) -> SelectionSet:
    """Give the selections that remain, without conditions; what has none stays the same object."""
    kept = [one for one in selection_set.selections if all_hold(one.conditions, values)]
    folded = [_fold_selection(one, values) for one in kept]
    if len(folded) == len(selection_set.selections) and all(map(is_, folded, kept)):
        return selection_set
    return SelectionSet(selection_set.parent_type, tuple(folded))


def _fold_selection(selection: Selection, values: Mapping[str, bool]) -> Selection:
    below = selection.selection_set
    folded = None if below is None else fold(below, values)
    if folded is below and not selection.conditions:
        return selection
    if isinstance(selection, InlineFragment) and folded is not None:
        return replace(selection, selection_set=folded, conditions=())
    if isinstance(selection, Field):
        return replace(selection, selection_set=folded, conditions=())
    return selection
