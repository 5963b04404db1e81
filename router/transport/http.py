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
from router.transport.options import HttpOptions
from router.transport.pool import ConnectionPool
from router.transport.request_head import Origin, RequestHeads, read_url
from router.transport.tls import tls_context
from router.transport.upload import send_upload


class HttpClient:
    """A `router.transport.base.SubgraphClient` over keep-alive connections.

    Belongs to the event loop of its first request.
    """

    def __init__(self, options: HttpOptions | None = None) -> None:
        self._options = options or HttpOptions()
        self._ssl_context = self._options.ssl_context
        self._targets: dict[str, tuple[RequestHeads, ConnectionPool]] = {}
        self._coding = self._options.codings.content_encoding
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
        target = self._targets.get(request.url) or self._add_target(request)
        body = request.body
        if self._coding is not None:
            body = self._compressor.compress(self._coding, body)
        head = target[0].get(request.subgraph, request.headers)
        if request.trace:
            trace = b"".join([b"%b: %b\r\n" % pair for pair in request.trace])
            return target[1].submit(request, b"%b%d\r\n%b\r\n%b" % (head, len(body), trace, body), deliver)
        return target[1].submit(request, b"%b%d\r\n\r\n%b" % (head, len(body), body), deliver)

    async def _send_upload(self, request: SubgraphRequest, upload: SubgraphUpload) -> SubgraphResponse:
        if self._is_closed:
            raise SubgraphUnreachableError(request.subgraph, "the router closed its client")
        context = self._tls(request.subgraph) if request.url.startswith("https:") else None
        return await send_upload(request, upload, self._options, context)

    async def close(self) -> None:
        """Ends every exchange with an error; later requests fail."""
        self._is_closed = True
        self._targets.clear()
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.close()

    def _add_target(self, request: SubgraphRequest) -> tuple[RequestHeads, ConnectionPool]:
        if self._is_closed:
            raise SubgraphUnreachableError(request.subgraph, "the router closed its client")
        address = read_url(request.subgraph, request.url)
        pool = self._pools.get(address.origin)
        if pool is None:
            context = self._tls(request.subgraph) if address.origin.is_tls else None
            pool = self._pools[address.origin] = ConnectionPool(address.origin, self._options, context)
        target = self._targets[request.url] = (RequestHeads(address, self._options.codings), pool)
        return target

    def _tls(self, subgraph: str) -> ssl.SSLContext:
        if self._ssl_context is None:
            try:
                self._ssl_context = tls_context(self._options.tls)
            except OSError as error:
                raise SubgraphUnreachableError(subgraph, f"the router's TLS files: {error}") from None
        return self._ssl_context
