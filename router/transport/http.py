"""The HTTP/1.1 client of the hot path: no task, no await and no lock of its own per request.

It stores no cookies, follows no redirects and reads no proxy settings from the environment.
"""

from __future__ import annotations

import asyncio
import ssl

from router.errors import SubgraphError, SubgraphUnreachableError
from router.protocols.content_coding import Compressor
from router.transport.base import SubgraphRequest, SubgraphResponse, SubgraphUpload
from router.transport.exchange import Deliver, Exchange, Outcome
from router.transport.options import PLAIN, Codings, HttpOptions
from router.transport.pool import ConnectionPool
from router.transport.request_head import Origin, RequestHeads, read_url
from router.transport.upload import send_upload


class HttpClient:
    """A `router.transport.base.SubgraphClient` over keep-alive connections.

    Belongs to the event loop of its first request.
    """

    def __init__(self, options: HttpOptions | None = None) -> None:
        self._options = options or HttpOptions()
        self._ssl_context = self._options.ssl_context
        self._targets: dict[str | tuple[str, Codings], tuple[RequestHeads, ConnectionPool]] = {}
        self._compressor: Compressor | None = None
        if self._options.codings != PLAIN or self._options.subgraph_codings:
            self._compressor = Compressor()
        self._pools: dict[Origin, ConnectionPool] = {}
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<HttpClient {list(self._pools.values())}>"

    @property
    def pools(self) -> list[ConnectionPool]:
        """One per origin asked so far, for metrics."""
        return list(self._pools.values())

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """The complete response.  See `router.transport.base.SubgraphClient.send`."""
        if request.upload is not None:
            return await self._send_upload(request, request.upload)
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def deliver(outcome: Outcome) -> None:
            if not answer.done():
                answer.set_result(outcome)

        exchange = self.begin(request, deliver)
        try:
            outcome = await answer
        except asyncio.CancelledError:
            exchange.abandon()
            raise
        if isinstance(outcome, SubgraphError):
            raise outcome
        return outcome

    def begin(self, request: SubgraphRequest, deliver: Deliver) -> Exchange:
        """Starts an exchange; ``deliver`` is called once with its outcome, unless it is abandoned.

        Raises: SubgraphError when the request cannot be put on the wire; nothing is delivered then.
        """
        if self._compressor is not None:
            return self._begin_coded(request, deliver, self._compressor)
        target = self._targets.get(request.url) or self._add_target(request, request.url, PLAIN)
        body = request.body
        head = target[0].get(request.subgraph, request.headers)
        return target[1].submit(request, b"%b%d\r\n\r\n%b" % (head, len(body), body), deliver)

    async def _send_upload(self, request: SubgraphRequest, upload: SubgraphUpload) -> SubgraphResponse:
        if self._is_closed:
            raise SubgraphUnreachableError(request.subgraph, "the router closed its client")
        if self._ssl_context is None and request.url.startswith("https:"):
            self._ssl_context = ssl.create_default_context()
        return await send_upload(request, upload, self._options, self._ssl_context)

    def _begin_coded(self, request: SubgraphRequest, deliver: Deliver, compressor: Compressor) -> Exchange:
        codings = self._options.codings_of(request.subgraph)
        key = (request.url, codings)
        heads, pool = self._targets.get(key) or self._add_target(request, key, codings)
        body = request.body
        if codings.content_encoding is not None:
            body = compressor.compress(codings.content_encoding, body)
        head = heads.get(request.subgraph, request.headers)
        return pool.submit(request, b"%b%d\r\n\r\n%b" % (head, len(body), body), deliver)

    async def close(self) -> None:
        """Ends every exchange with an error; later requests fail."""
        self._is_closed = True
        self._targets.clear()
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.close()

    def _add_target(
        self, request: SubgraphRequest, key: str | tuple[str, Codings], codings: Codings
    ) -> tuple[RequestHeads, ConnectionPool]:
        if self._is_closed:
            raise SubgraphUnreachableError(request.subgraph, "the router closed its client")
        address = read_url(request.subgraph, request.url)
        pool = self._pools.get(address.origin)
        if pool is None:
            if address.origin.is_tls and self._ssl_context is None:
                self._ssl_context = ssl.create_default_context()
            pool = ConnectionPool(address.origin, self._options, self._ssl_context)
            self._pools[address.origin] = pool
        target = (RequestHeads(address, codings), pool)
        self._targets[key] = target
        return target
