"""What may this caller read of an operation?

Works on the operation in normal form, before it is planned: what the caller is not granted is never planned, so no
subgraph is asked for it.  Where it stood, the answer has null and an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from router.federation.access import AccessRules, Demands, are_met
from router.language.operation import (
    TYPENAME,
    Condition,
    Field,
    InlineFragment,
    Operation,
    OperationKind,
    Refusal,
    Selection,
    SelectionSet,
    TypeRef,
)

PathStep: TypeAlias = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantedOperation:
    """An operation as one caller may have it."""

    planned: Operation
    """What subgraphs are asked."""
    shown: Operation
    """What the client sees: everything it wrote, with what is withheld marked."""
    refusals: tuple[Refusal, ...]
    granted_types: tuple[tuple[tuple[PathStep, ...], tuple[str, ...]], ...]
    """Places where objects of some types are withheld, by data keys; and the types that are not."""


def demands_of(operation: Operation, rules: AccessRules) -> Demands:
    """Give everything that the operation demands of a caller who wants all of it.  Cost: linear."""
    return frozenset().union(*_all_demands(operation.selection_set, rules))


def _all_demands(selection_set: SelectionSet, rules: AccessRules) -> Iterator[Demands]:
    for field in selection_set.fields():
        yield rules.of_field(field.parent_type, field.name)
        if field.selection_set is not None:
            for type_name in rules.supergraph.possible_types(field.type.name):
                yield rules.of_type(type_name)
            yield from _all_demands(field.selection_set, rules)


def grant(operation: Operation, rules: AccessRules, granted: frozenset[str]) -> GrantedOperation:
    """Take away what demands more than ``granted``.  Cost: linear in the operation."""
    return _Filter(operation, rules, granted).result()


@dataclass(frozen=True, slots=True)
class _At:
    """Where in the operation a selection stands."""

    path: tuple[str, ...]
    """Response keys and ``@``."""
    place: tuple[PathStep, ...]
    """Data keys, ``@``, and the types that fragments narrow to."""
    conditions: tuple[Condition, ...]


class _Filter:
    """One filtering.  Each walk gives a selection as it is planned (or nothing) and as it is shown."""

    def __init__(self, operation: Operation, rules: AccessRules, granted: frozenset[str]) -> None:
        self._operation = operation
        self._rules = rules
        self._granted = granted
        self._refusals: dict[tuple[tuple[str, ...], tuple[Condition, ...]], Refusal] = {}
        self._granted_types: dict[tuple[PathStep, ...], tuple[str, ...]] = {}
        self._is_over = False
        """Whether a root field of a mutation makes the whole answer null: none after it is run."""

    def result(self) -> GrantedOperation:
        operation = self._operation
        planned, shown = self._selection_set(operation.selection_set, _At((), (), ()))
        return GrantedOperation(
            replace(operation, selection_set=planned),
            replace(operation, selection_set=shown),
            tuple(self._refusals.values()),
            tuple(self._granted_types.items()),
        )

    def _selection_set(self, selection_set: SelectionSet, at: _At) -> tuple[SelectionSet, SelectionSet]:
        planned: list[Selection] = []
        shown: list[Selection] = []
        for selection in selection_set.selections:
            under = replace(at, conditions=(*at.conditions, *selection.conditions))
            asked, seen = (
                self._fragment(selection, under)
                if isinstance(selection, InlineFragment)
                else self._field(selection, under)
            )
            shown.append(seen)
            if asked is not None and not (self._is_over and not at.path):
                planned.append(asked)
        parent = selection_set.parent_type
        return SelectionSet(parent, tuple(planned)), SelectionSet(parent, tuple(shown))

    def _fragment(self, fragment: InlineFragment, at: _At) -> tuple[InlineFragment | None, InlineFragment]:
        if fragment.type_condition is not None:
            types = self._rules.supergraph.possible_types(fragment.type_condition)
            at = replace(at, place=(*at.place, types))
        planned, shown = self._selection_set(fragment.selection_set, at)
        asked = replace(fragment, selection_set=planned) if planned.selections else None
        return asked, replace(fragment, selection_set=shown)

    def _field(self, field: Field, at: _At) -> tuple[Field | None, Field]:
        path = (*at.path, field.response_key)
        if not self._has(self._rules.of_field(field.parent_type, field.name)):
            conditions = tuple(dict.fromkeys(at.conditions))
            refusal = Refusal(path, f"{field.parent_type}.{field.name}", conditions)
            self._refusals.setdefault((path, conditions), refusal)
            if self._operation.kind is OperationKind.MUTATION and not at.path:
                self._is_over |= field.type.is_non_null and not conditions
            return None, replace(field, is_withheld=True)
        if field.selection_set is None or field.name.startswith("__"):
            return field, field
        lists = ("@",) * field.type.list_depth
        below = _At((*path, *lists), (*at.place, field.data_key, *lists), at.conditions)
        planned, shown = self._selection_set(field.selection_set, below)
        if self._withholds_objects(field, below) or not planned.selections:
            # Something must tell whether there is an object, and of which type.
            planned = replace(planned, selections=(*planned.selections, _typename(planned.parent_type)))
        return replace(field, selection_set=planned), replace(field, selection_set=shown)

    def _withholds_objects(self, field: Field, at: _At) -> bool:
        """Note which objects may be shown here, where that depends on their types."""
        possible = self._rules.supergraph.possible_types(field.type.name)
        granted = tuple(name for name in possible if self._has(self._rules.of_type(name)))
        if len(granted) == len(possible):
            return False
        self._granted_types[at.place] = granted
        return True

    def _has(self, demands: Demands) -> bool:
        return are_met(demands, self._granted)


def _typename(parent_type: str) -> Field:
    return Field(TYPENAME, TYPENAME, TYPENAME, parent_type, TypeRef("String", True))
