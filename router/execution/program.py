"""A program: one plan under given values of its condition variables, ready to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from router.execution.answers import keep_entities, read_entities
from router.execution.conditions import all_hold
from router.execution.context import EMPTY_SLOT, ExecutionContext, Json, Response, Slot
from router.execution.contextual import lay_out_ways
from router.execution.derived import derived
from router.execution.emit.functions import CompleteFunction, GatherFunction, emit_functions
from router.execution.emit.module import Module
from router.execution.emit.support import GAVE_UP, Bubbled
from router.execution.errors import ExecutionError, withheld_error
from router.execution.fallback import Fallback
from router.execution.gathering import gather_patiently
from router.execution.groups import GroupedFetch, grouped_fetch
from router.execution.introspection import IntrospectionPart, introspection_part
from router.execution.layout import Layout, lay_out
from router.execution.leaves import LeafKind
from router.execution.places import Place, root_place
from router.execution.relocation import Relocation
from router.execution.requests import BodyTemplate, body_template
from router.federation.supergraph import Supergraph
from router.language.operation import OperationKind, SelectionSet
from router.planning.plan import FetchNode, QueryPlan
from router.transport.base import SubgraphResponse


@dataclass(frozen=True, slots=True)
class Step:
    """One fetch of a program."""

    fetch: FetchNode
    body: BodyTemplate
    waits_for: int
    """How many fetches must be in before it."""
    leads_to: tuple[int, ...]
    """Fetches that wait for it."""
    slots: tuple[tuple[int, int], ...]
    """(slot, `_entities` selection) that its answer fills."""
    is_query: bool
    sees: tuple[int, ...]
    """Fetches whose answers it may read."""
    positional: frozenset[int]
    """`_entities` selections whose entities are copied for each place."""
    grouped: GroupedFetch | None
    """Of a fetch that takes values from contexts: how it is sent."""
    vital: tuple[str, ...]
    """Of a mutation: keys of its answer that are null only when all of the response's data is."""


@dataclass(frozen=True, slots=True)
class Program:
    """What runs: the fetches in their order, and the functions between them."""

    layout: Layout
    root: Place
    steps: Mapping[int, Step]
    """By fetch id; without fetches whose requirement does not hold."""
    first: tuple[int, ...]
    """Fetches that wait for none."""
    gathers: Mapping[int, GatherFunction]
    completes: CompleteFunction
    introspection: IntrospectionPart | None
    shows_custom_scalars: bool
    """Whether a part of an answer may stand in the response as it is: what a custom scalar holds."""
    module: Module
    """The generated text."""

    refusals: tuple[ExecutionError, ...] = ()
    """Of every answer: what is withheld from the caller."""

    def prepare(self, ctx: ExecutionContext) -> None:
        """Make room in a context for this program's answers."""
        ctx.answers = [None] * len(self.layout.plan.fetches)
        ctx.responses = [None] * len(self.layout.plan.fetches)
        ctx.found = [EMPTY_SLOT] * len(self.layout.slots)
        ctx.indices = [EMPTY_SLOT] * len(self.layout.slots)

    def gather(self, step: Step, ctx: ExecutionContext) -> list[dict[bytes, int]]:
        """Give for each `_entities` selection its distinct representations, in first-seen order."""
        place = derived(("gather", step.fetch.id), self, ctx, step.sees)
        if place is None:
            return self._gather(step.fetch.id, ctx)
        known: tuple[list[dict[bytes, int]], list[Slot]] | None = place.get()
        if known is None:
            gathered = self._gather(step.fetch.id, ctx)
            place.keep((gathered, [ctx.indices[slot] for slot, _ in step.slots]))
            return gathered
        for (slot, _), values in zip(step.slots, known[1], strict=True):
            ctx.indices[slot] = values
        return known[0]

    def _gather(self, fetch: int, ctx: ExecutionContext) -> list[dict[bytes, int]]:
        generated = self.gathers.get(fetch)
        if generated is None:
            return gather_patiently(self.layout, self.root, fetch, ctx)
        try:
            return generated(ctx.answers, ctx.found, ctx.indices, ctx.nulled)
        except GAVE_UP:
            return gather_patiently(self.layout, self.root, fetch, ctx)

    def keep(self, step: Step, ctx: ExecutionContext, counts: Sequence[int]) -> None:
        """Take an entity fetch's answer, whose ``data`` is in the context, apart."""
        data = ctx.answers[step.fetch.id]
        if data is None:
            return
        place = derived(("entities", step.fetch.id), self, ctx, (*step.sees, step.fetch.id))
        known = None if place is None else place.get()
        if known is not None:
            for (slot, _), entities in zip(step.slots, known, strict=True):
                ctx.found[slot] = entities
            return
        keep_entities(ctx, read_entities(ctx, step.fetch, data, counts), step.slots, step.positional)
        if place is not None and not ctx.failures:
            place.keep([ctx.found[slot] for slot, _ in step.slots])

    def respond(self, ctx: ExecutionContext) -> Response:
        """Give the response."""
        if self.introspection is not None:
            ctx.introspection = self.introspection.answer(ctx.variables)
        place = None
        if self.introspection is None and self.steps:
            place = derived("response", self, ctx, tuple(self.steps))
        known: bytes | None = None if place is None else place.get()
        if known is not None:
            return Response(None, (), known)
        data, errors = self.complete(ctx)
        if place is not None and not errors:
            text = orjson.dumps(data)
            place.keep(text)
            return Response(None, (), text)
        if data is not None and self.shows_custom_scalars and any(map(_is_shared, ctx.responses)):
            return Response(None, tuple(errors), orjson.dumps(data))
        return Response(data, tuple(errors))

    def complete(self, ctx: ExecutionContext) -> tuple[Json | None, list[ExecutionError]]:
        """Give the response's data and every error."""
        located: list[tuple[int, ExecutionError]] = []
        if ctx.failures or ctx.reported:
            located = Relocation(self.root, ctx).errors()
        errors = [*self.refusals, *(error for _, error in located)]
        fallback = Fallback(self.root, ctx, located)
        data: Json | None
        try:
            data = self.completes(ctx.answers, ctx.found, ctx.introspection, fallback)
        except Bubbled:
            data = None
        except GAVE_UP:
            data = fallback.complete_all()
        return data, errors + fallback.errors


def build_program(plan: QueryPlan, supergraph: Supergraph, values: Mapping[str, bool]) -> Program:
    """Compile a plan for given values of its condition variables."""
    layout = lay_out(plan, supergraph, values)
    root = root_place(layout)
    for fetch in layout.active:
        if any(entity.contexts for entity in fetch.entities):
            lay_out_ways(root, fetch.id)
    functions = emit_functions(layout, root)
    steps = _steps(layout, root)
    return Program(
        layout,
        root,
        steps,
        tuple(id_ for id_, step in steps.items() if step.waits_for == 0),
        functions.gathers,
        functions.completes,
        introspection_part(layout),
        _shows_custom_scalars(layout, layout.client),
        functions.module,
        tuple(
            withheld_error(refusal.path) for refusal in plan.refusals if all_hold(refusal.conditions, values)
        ),
    )


def _steps(layout: Layout, root: Place) -> dict[int, Step]:
    """Schedule the active fetches: one that is not sent passes its own dependencies on."""
    active = {fetch.id for fetch in layout.active}
    needs: dict[int, frozenset[int]] = {}
    for fetch in layout.plan.fetches:
        direct = frozenset(fetch.depends_on)
        through = [needs[id_] for id_ in direct if id_ not in active]
        needs[fetch.id] = (direct & active).union(*through)
    return {
        fetch.id: Step(
            fetch,
            body_template(fetch),
            len(needs[fetch.id]),
            tuple(other for other in sorted(active) if fetch.id in needs[other]),
            tuple((slot, o.entity) for slot, o in enumerate(layout.slots) if o.fetch == fetch.id),
            fetch.kind is OperationKind.QUERY,
            tuple(sorted(layout.ancestors[fetch.id])),
            frozenset(index for other, index in layout.positional if other == fetch.id),
            grouped_fetch(fetch),
            _vital(root, fetch),
        )
        for fetch in layout.active
    }


def _shows_custom_scalars(layout: Layout, selection_set: SelectionSet) -> bool:
    for field in selection_set.fields():
        if field.selection_set is not None and _shows_custom_scalars(layout, field.selection_set):
            return True
        leaf = layout.leaf(field.type.name)
        if leaf is not None and leaf.kind is LeafKind.ANY:
            return True
    return False


def _is_shared(response: SubgraphResponse | None) -> bool:
    return response is not None and response.shared is not None


def _vital(root: Place, fetch: FetchNode) -> tuple[str, ...]:
    if fetch.kind is not OperationKind.MUTATION:
        return ()
    shown = [one for one in root.variants[0].shown if one.type.is_non_null and len(one.reads) == 1]
    return tuple(one.reads[0].wire_key for one in shown if one.reads[0].fetch == fetch.id)
