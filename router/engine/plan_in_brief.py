"""A plan for the log: its shape and its fetches, with no value of a client."""

from __future__ import annotations

from typing import Any

from router.language.signature import without_values
from router.planning.plan import QueryPlan
from router.planning.render import render_path


def plan_in_brief(plan: QueryPlan) -> list[dict[str, Any]]:
    """Give the fetches in the order of the plan.

    Shapes: ``[{"id", "subgraph", "kind", "after": [id], "at"?: [path], "operation"}]``; ``operation`` is what is sent,
    with strings empty and numbers 0.
    Cost: parses what is sent; for the few operations that are looked at.
    """
    return [
        {
            "id": fetch.id,
            "subgraph": fetch.subgraph,
            "kind": fetch.kind.value,
            "after": list(fetch.depends_on),
            "at": [render_path(path) for entity in fetch.entities for path in entity.paths],
            "operation": without_values(fetch.operation),
        }
        for fetch in plan.fetches
    ]
