"""Objects that are known by their place: those between an object that sets a context and the fetch that takes it.

The same entity below two objects that set a context differently is asked for twice, and its two answers must not be
mistaken for each other.  So on the way down every entity is found by the identity of what it joins, and one that
belongs to several places is copied for each but the first.
"""

from __future__ import annotations

from typing import Any

from router.planning.plan import QueryPlan, ResponsePath


def find_positional(plan: QueryPlan) -> frozenset[tuple[int, int]]:
    """Give the `_entities` selections, by fetch and index, that join objects between a context and its use."""
    places: set[tuple[str, ...]] = set()
    for fetch in plan.fetches:
        for entity in fetch.entities:
            levels = [origin.levels for context in entity.contexts for origin in context.origins]
            for path in map(_keys, entity.paths) if levels else ():
                places.update(path[: len(path) - up] for up in range(max(levels) + 1))
    if not places:
        return frozenset()
    return frozenset(
        (fetch.id, index)
        for fetch in plan.fetches
        for index, entity in enumerate(fetch.entities)
        if any(_keys(path) in places for path in entity.paths)
    )


def _keys(path: ResponsePath) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str) and step != "@")


def copied(value: Any, nulled: dict[tuple[int, str], Any]) -> Any:
    """Give a copy with objects of its own; nulls with an error stay such.  Cost: linear in the value."""
    if type(value) is list:
        return [copied(item, nulled) for item in value]
    if type(value) is not dict:
        return value
    copy = {key: copied(inner, nulled) for key, inner in value.items()}
    if nulled:
        for key in value:
            if (id(value), key) in nulled:
                nulled[id(copy), key] = copy
    return copy
