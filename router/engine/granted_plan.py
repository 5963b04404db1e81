"""A plan for callers who are not granted everything, and the proof that it asks for nothing else.

The filter takes away what the client may not read; the planner may still want such a field, as a key or an input.
So every plan is walked once more, field by field.  Where it asks for a withheld field it is planned anew without
that field; what cannot be had then is withheld too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from router.federation.access import AccessRules, Demands, are_met
from router.guards.scopes import GrantedOperation, demands_of, grant
from router.language.operation import Field, Operation, Refusal, Selection, SelectionSet
from router.planning.plan import FetchField, FetchSelection, QueryPlan
from router.planning.planner import Planner
from router.querygraph.paths import Labels

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class AccessPlanner:
    """Plans one supergraph's operations for callers with different grants."""

    planner: Planner
    rules: AccessRules

    def demands(self, operation: Operation, plan: QueryPlan) -> Demands:
        """Give all that a caller's plan may depend on; ``plan`` is that of a caller with everything."""
        asked = (self.rules.of_field(*field) for field in asked_fields(plan, self.rules))
        return demands_of(operation, self.rules).union(*asked)

    def plan(
        self, operation: Operation, labels: Labels, granted: frozenset[str], should_stop: Stop
    ) -> QueryPlan:
        """Plan what a caller with ``granted`` may have of an operation."""
        filtered = grant(operation, self.rules, granted)
        plan = self._plan(filtered.planned, labels, granted, should_stop)
        if plan is None:
            filtered = _without(filtered, self._hopeless(filtered.planned, labels, granted, should_stop))
            plan = self._plan(filtered.planned, labels, granted, should_stop)
        if plan is None:
            # Together they need what none of them needs alone.
            filtered = _without(
                filtered, {field.response_key for field in filtered.planned.selection_set.fields()}
            )
            plan = self.planner.plan(filtered.planned, labels, should_stop)
        return replace(
            plan,
            operation=filtered.shown,
            refusals=filtered.refusals,
            granted_types=filtered.granted_types,
        )

    def _plan(
        self, operation: Operation, labels: Labels, granted: frozenset[str], should_stop: Stop
    ) -> QueryPlan | None:
        """Give a plan that asks only for what is granted; None where there is none."""

        def may_ask(type_name: str, field_name: str) -> bool:
            return are_met(self.rules.of_field(type_name, field_name), granted)

        plan = self.planner.plan(operation, labels, should_stop)
        if plan.unplannable or all(may_ask(*field) for field in asked_fields(plan, self.rules)):
            return plan
        plan = self.planner.plan(operation, labels, should_stop, may_ask)
        if plan.unplannable or not all(may_ask(*field) for field in asked_fields(plan, self.rules)):
            return None
        return plan

    def _hopeless(
        self, planned: Operation, labels: Labels, granted: frozenset[str], should_stop: Stop
    ) -> set[str]:
        """Give the root fields that cannot be had without asking for what is withheld."""
        hopeless: set[str] = set()
        for name in dict.fromkeys(field.response_key for field in planned.selection_set.fields()):
            alone = replace(planned, selection_set=_only(planned.selection_set, {name}))
            if self._plan(alone, labels, granted, should_stop) is None:
                hopeless.add(name)
        return hopeless


def _without(filtered: GrantedOperation, withheld: set[str]) -> GrantedOperation:
    """Withhold some root fields too."""
    root = filtered.planned.selection_set
    names = {field.response_key for field in root.fields()}
    more = tuple(
        Refusal((field.response_key,), f"{field.parent_type}.{field.name}", field.conditions)
        for field in root.fields()
        if field.response_key in withheld
    )
    shown = replace(filtered.shown, selection_set=_marked(filtered.shown.selection_set, withheld))
    planned = replace(filtered.planned, selection_set=_only(root, names - withheld))
    refusals = tuple(dict.fromkeys((*more, *filtered.refusals)))
    return GrantedOperation(planned, shown, refusals, filtered.granted_types)


def _only(selection_set: SelectionSet, names: set[str]) -> SelectionSet:
    kept: list[Selection] = []
    for selection in selection_set.selections:
        if isinstance(selection, Field):
            if selection.response_key in names:
                kept.append(selection)
            continue
        inside = _only(selection.selection_set, names)
        if inside.selections:
            kept.append(replace(selection, selection_set=inside))
    return replace(selection_set, selections=tuple(kept))


def _marked(selection_set: SelectionSet, withheld: set[str]) -> SelectionSet:
    marked: list[Selection] = []
    for selection in selection_set.selections:
        if isinstance(selection, Field):
            is_withheld = selection.is_withheld or selection.response_key in withheld
            marked.append(replace(selection, is_withheld=is_withheld))
        else:
            marked.append(replace(selection, selection_set=_marked(selection.selection_set, withheld)))
    return replace(selection_set, selections=tuple(marked))


def asked_fields(plan: QueryPlan, rules: AccessRules) -> Iterator[tuple[str, str]]:
    """Give every field that a plan's fetches ask for, by the type of its object as far as that is known."""
    for fetch in plan.fetches:
        root = rules.supergraph.roots[fetch.kind]
        yield from _asked(fetch.selections, (root,), rules)
        for entity in fetch.entities:
            types = {name: None for how in entity.representations for name in how.types}
            yield from _asked(entity.selections, tuple(types), rules)


def _asked(
    selections: Iterable[FetchSelection], types: tuple[str, ...], rules: AccessRules
) -> Iterator[tuple[str, str]]:
    for selection in selections:
        if not isinstance(selection, FetchField):
            yield from _asked(selection.selections, selection.types, rules)
            continue
        if selection.name.startswith("__"):
            continue
        below: dict[str, None] = {}
        for type_name in types:
            yield type_name, selection.name
            type_ = rules.supergraph.types.get(type_name)
            field = None if type_ is None else type_.fields.get(selection.name)
            if field is not None:
                below[field.type.name] = None
        yield from _asked(selection.selections, tuple(below), rules)
