"""What one request to a subgraph cost: noted only where somebody asked for it."""

from __future__ import annotations

import asyncio

import orjson

from router.errors import SubgraphError
from router.execution.context import FetchTiming
from router.planning.plan import FetchNode
from router.transport.base import SubgraphResponse


def timing_of(
    fetch: FetchNode,
    started_s: float,
    body: bytes,
    answered: SubgraphResponse | None,
    failure: SubgraphError | None,
) -> FetchTiming:
    """Give the record of an exchange that ends now.

    Cost: parses the request's body, to count its representations.
    """
    return FetchTiming(
        fetch.id,
        started_s,
        asyncio.get_running_loop().time(),
        len(body),
        0 if answered is None else len(answered.body),
        _representations(fetch, body),
        None if answered is None else answered.status,
        answered is not None and answered.shared is not None,
        None if failure is None else failure.code,
    )


def _representations(fetch: FetchNode, body: bytes) -> int:
    if not fetch.entities:
        return 0
    variables = orjson.loads(body).get("variables") or {}
    return sum(
        len(value)
        for name, value in variables.items()
        for entity in fetch.entities
        # with contexts there are several selections: `EntityFetch.contexts`
        if name == entity.variable or (name.rpartition("_")[0] == entity.variable and name[-1].isdigit())
    )
