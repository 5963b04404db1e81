"""Gathers representations patiently: any answer, however wrong, gives the right ones or none."""

from __future__ import annotations

from router.execution.context import ExecutionContext, Slot
from router.execution.contextual import SEPARATOR, values
from router.execution.keys import key_of_object
from router.execution.layout import Layout
from router.execution.objects import Spot, Walk, entity_source
from router.execution.places import Place
from router.execution.representing import LeftOutError, represent


def gather_patiently(
    layout: Layout, root: Place, fetch: int, ctx: ExecutionContext
) -> list[dict[bytes, int]]:
    """Give for each `_entities` selection its distinct representations, in response order.

    One that takes values from contexts has these behind its text (`contextual.SEPARATOR`).

    Invariant: ``ctx.indices`` of the fetch's slots lead from every object that waits to its representation.
    """
    for slot, owner in enumerate(layout.slots):
        if owner.fetch == fetch:
            ctx.indices[slot] = {}
    walk = Walk(ctx.answers, ctx.found, layout.ancestors[fetch], ctx.nulled)
    gathered: list[dict[bytes, int]] = []
    for index in range(len(layout.plan.fetches[fetch].entities)):
        seen: dict[bytes, int] = {}
        if (fetch, index) in layout.entities:
            for spot in walk.waiting(root, fetch, index):
                _add(walk, spot, (fetch, index), seen, ctx.indices)
        gathered.append(seen)
    return gathered


def _add(walk: Walk, spot: Spot, own: tuple[int, int], seen: dict[bytes, int], indices: list[Slot]) -> None:
    source = entity_source(spot.variant, *own)
    how = spot.variant.representation(*own)
    if source is None or source.key is None or how is None:
        return
    key = key_of_object(source.key, spot.objects)
    if key is None or key in indices[source.key.slot]:
        return
    typename = how.typename or spot.type_name or spot.variant.type_name
    representation = represent(walk, spot, typename, how.selections)
    contexts = spot.variant.place.layout.entities[own].contexts
    if representation is not None and contexts:
        try:
            representation += SEPARATOR + values(walk, spot, contexts)
        except LeftOutError:
            return
    if representation is not None:
        indices[source.key.slot][key] = seen.setdefault(representation, len(seen))
