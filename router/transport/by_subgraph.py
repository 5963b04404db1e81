"""One client for most subgraphs, another for those whose connections are made otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.exchange import Deliver
from router.transport.inflight import Pending, StartingClient


class ClientBySubgraph:
    """A `router.transport.inflight.StartingClient` that hands on to others.  Cost: one dict lookup."""

    def __init__(self, default: StartingClient, others: Mapping[str, StartingClient]) -> None:
        """``others`` by subgraph name; the same client may stand there several times."""
        self._default = default
        self._others = dict(others)

    def begin(self, request: SubgraphRequest, deliver: Deliver) -> Pending:
        """See `router.transport.inflight.StartingClient.begin`."""
        return self._others.get(request.subgraph, self._default).begin(request, deliver)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """See `router.transport.base.SubgraphClient.send`."""
        return await self._others.get(request.subgraph, self._default).send(request)

    async def close(self) -> None:
        """Closes all of them."""
        for client in {id(client): client for client in (self._default, *self._others.values())}.values():
            await client.close()
