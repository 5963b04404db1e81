"""Asking each of a subgraph's URLs, again and again, whether it is well.

The question is ``{ __typename }``: what answers it can answer GraphQL, which a health page does not say.
"""

from __future__ import annotations

import asyncio
import random
from typing import Final

from router.errors import SubgraphError
from router.telemetry.logs import get_log
from router.transport.base import SubgraphClient, SubgraphRequest
from router.transport.resilience.options import HealthCheckOptions
from router.transport.resilience.urls import Place, Places

JITTER: Final = 0.1
"""So that routers that were started together do not ask together."""

_QUESTION: Final = b'{"query":"{ __typename }"}'
_log = get_log("transport")


async def watch_health(
    client: SubgraphClient, subgraph: str, places: Places, options: HealthCheckOptions
) -> None:
    """Keep `Place.is_well` true to what each URL answers; runs until cancelled."""
    await asyncio.gather(*(_watch(client, subgraph, place, options) for place in places.all))


async def _watch(client: SubgraphClient, subgraph: str, place: Place, options: HealthCheckOptions) -> None:
    in_a_row = 0
    while True:
        is_well = await _is_well(client, subgraph, place, options.timeout_s)
        in_a_row = in_a_row + 1 if is_well != place.is_well else 0
        if in_a_row >= (options.healthy_after if is_well else options.unhealthy_after):
            in_a_row = 0
            place.is_well = is_well
            _log.warning(
                "a subgraph's URL changed its health", subgraph=subgraph, url=place.url, well=is_well
            )
        await asyncio.sleep(options.interval_s * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  # no secret


async def _is_well(client: SubgraphClient, subgraph: str, place: Place, timeout_s: float) -> bool:
    """Whether anything of GraphQL answers: a refusal for want of a token is an answer, too."""
    try:
        response = await client.send(
            SubgraphRequest(subgraph, place.url, _QUESTION, (), is_query=True, timeout_s=timeout_s)
        )
    except SubgraphError:
        return False
    return response.status < 500
