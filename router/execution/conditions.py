"""Folds ``@skip`` and ``@include`` for given values of their variables.

The order of response keys and the reach of a selection depend on these values (CollectFields), so each
combination that is really asked for gets functions of its own and none of them tests a condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

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
    return not requirement or any(_all_hold(conjunction, values) for conjunction in requirement)


def _all_hold(conditions: tuple[Condition, ...], values: Mapping[str, bool]) -> bool:
    return all(values[condition.variable] is condition.is_include for condition in conditions)


def fold(selection_set: SelectionSet, values: Mapping[str, bool]) -> SelectionSet:
    """Give the selections that remain, without conditions."""
    selections: list[Selection] = []
    for selection in selection_set.selections:
        if not _all_hold(selection.conditions, values):
            continue
        selections.append(_fold_selection(selection, values))
    return SelectionSet(selection_set.parent_type, tuple(selections))


def _fold_selection(selection: Selection, values: Mapping[str, bool]) -> Selection:
    if isinstance(selection, InlineFragment):
        return replace(selection, selection_set=fold(selection.selection_set, values), conditions=())
    if isinstance(selection, Field) and selection.selection_set is not None:
        return replace(selection, selection_set=fold(selection.selection_set, values), conditions=())
    return replace(selection, conditions=())
