"""What observing a request costs: processor time of the whole server's half, in process, per request.

One operation of two fetches over fakes, through the ASGI app; each way of observing alone, in turns, so that what the
machine does meanwhile hits all of them.  The best of the rounds counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from contextlib import AsyncExitStack
from typing import Any

import orjson

from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.server.app import create_living_app
from router.server.metrics import MetricsObserver
from router.server.options import ServerOptions
from router.server.traffic import Traffic
from router.telemetry.access_log import AccessLog, AccessLogOptions
from router.telemetry.logs import configure_logs
from router.telemetry.metrics.process import Metrics, MetricsOptions
from router.telemetry.observers import Observers, RequestObserver
from router.telemetry.tracing.export import SpanExport, SpanExportOptions
from router.telemetry.tracing.observer import TraceObserver, TraceOptions
from router.transport.base import SubgraphRequest, SubgraphResponse
from tests.engine.sample import SUPERGRAPH

BODY = orjson.dumps({"query": "query Stars { product(id: 1) { name stars } }"})
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/graphql",
    "query_string": b"",
    "headers": [(b"content-type", b"application/json"), (b"apollographql-client-name", b"bench")],
    "client": ("127.0.0.1", 1),
}
PRODUCT = b'{"data":{"product":{"__typename":"Product","id":"1","name":"Oak table"}}}'
STARS = b'{"data":{"_entities":[{"stars":5}]}}'


class Instant:
    """Subgraphs that answer at once."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        return SubgraphResponse(200, (), PRODUCT if request.subgraph == "products" else STARS)

    async def close(self) -> None:
        """Has nothing to close."""


class Nowhere(SpanExport):
    """Makes the spans as the collector's thread would get them, and sends them nowhere."""

    class _Processor:
        def on_end(self, span: Any) -> None:
            """Drops it."""

        def shutdown(self) -> None:
            """Has nothing to end."""

    def start(self) -> None:
        super().start()
        assert self._processor is not None
        self._processor.shutdown()
        self._processor = Nowhere._Processor()  # type: ignore[assignment]


def ways(traffic: Traffic) -> dict[str, list[RequestObserver] | None]:
    export = Nowhere(SpanExportOptions("http://127.0.0.1:9/v1/traces"), "1")
    log, metrics = AccessLog(AccessLogOptions()), MetricsObserver(traffic)
    return {
        "off": None,
        "the record alone": [RequestObserver()],
        "access log": [log],
        "metrics": [metrics],
        "traces, none sampled": [TraceObserver(TraceOptions(share=0.0), export)],
        "traces, all sampled": [TraceObserver(TraceOptions(), export)],
        "all of it": [TraceObserver(TraceOptions(), export), metrics, log],
    }


async def measure(requests: int, rounds: int) -> dict[str, float]:
    """Give the microseconds of each way."""
    traffic = Traffic(metrics=Metrics(MetricsOptions(), "1"))
    best: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        apps = {}
        for name, observers in ways(traffic).items():
            engine = Engine(
                SupergraphSource(lambda: SUPERGRAPH, lambda: ()),
                EngineOptions(names_operations=observers is not None, owns_process=True),
                Instant(),
                None,
                None if observers is None else Observers(observers, (b"apollographql-client-name",)),
            )
            living = create_living_app(engine, ServerOptions(), traffic)
            await stack.enter_async_context(living.life)
            apps[name] = living.app
            await run(living.app, 200)
        for _ in range(rounds):
            for name, app in apps.items():
                began_s = time.process_time()
                await run(app, requests)
                taken = (time.process_time() - began_s) / requests * 1e6
                best[name] = min(taken, best.get(name, taken))
    return best


async def run(app: Any, requests: int, scope: Any = SCOPE) -> None:
    async def send(_message: Any) -> None:
        """Drops it."""

    for _ in range(requests):
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await asyncio.Event().wait()
            sent = True
            return {"type": "http.request", "body": BODY, "more_body": False}

        await app(dict(scope), receive, send)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        configure_logs("info", "json", nowhere)
        best = asyncio.run(measure(options.requests, options.rounds))
    print(f"{'microseconds of processor time per request':44}{'in all':>10}{'more than off':>15}")
    for name, microseconds in best.items():
        print(f"{name:44}{microseconds:10.1f}{microseconds - best['off']:15.1f}")


if __name__ == "__main__":
    main()
