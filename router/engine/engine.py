"""The engine: clients, pipeline and reload, wired; started and stopped as one."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from router.engine.documents import Documents
from router.engine.event_streams import SourceStreams
from router.engine.options import EngineOptions
from router.engine.pipeline import Pipeline
from router.engine.planning_record import PlanningStatistics
from router.engine.reload import Reloader, SupergraphSource, settle, warm
from router.engine.snapshot import Current, Snapshot
from router.engine.subgraph_health import SubgraphHealth
from router.engine.subscription_options import EventOptions
from router.engine.trusted_list import TrustedList
from router.engine.usage import Usage
from router.events.broker import Broker, BrokerUnavailableError
from router.events.memory import MemoryBroker
from router.guards.persisted import MemoryStore, persisted_query_store
from router.registry.usage.sender import UsageReporter
from router.telemetry.observers import Observers
from router.transport.base import SubgraphClient, SubgraphStream
from router.transport.by_subgraph import ClientBySubgraph
from router.transport.http import HttpClient
from router.transport.inflight import InFlightClient, StartingClient
from router.transport.resilience.client import ResilientClient
from router.transport.subgraph_streams import SubgraphStreams

PLANNING_THREADS: Final = 2
"""Planning holds the interpreter; a second thread only keeps one slow plan from blocking the others."""

SWITCH_INTERVAL_S: Final = 0.0005
"""How soon a planning thread lets the event loop go on; Python's own 5 ms are met at every turn of the loop.

Origin: p50 of `light` beside four connections of `cold`, median of five runs each on a busy machine: 24 ms with
5 ms, 9 ms with 0.5 ms, and about as many plans a second.
"""


class Engine:
    """One router's inside.  Use it as an async context manager: it answers between enter and exit."""

    def __init__(
        self,
        source: SupergraphSource,
        options: EngineOptions,
        client: SubgraphClient | None = None,
        streams: SubgraphStream | None = None,
        observers: Observers | None = None,
        broker: Broker | None = None,
    ) -> None:
        """Wire the rooms; ``client`` and ``streams`` are the router's own unless given.

        ``broker``: of event-driven subscriptions where no other is configured; it is whoever gave it who closes it.
        """
        self._executor = ThreadPoolExecutor(PLANNING_THREADS, thread_name_prefix="planning")
        self._client = client or _own_client(options)
        self._streams = streams or SubgraphStreams(options.subgraph_streams)
        self._owns_process = options.owns_process
        kept = options.persisted_queries
        self._persisted = None if kept is None else persisted_query_store(kept)
        self._current = Current()
        self.subgraph_health = SubgraphHealth(self._current, self._client)
        self.reloader = Reloader(self._current, source, options, self._executor)
        self._trusted = None if options.trusted is None else TrustedList(options.trusted, self._current)
        documents = Documents(self._persisted, self._trusted)
        self._usage = None if options.usage is None else Usage(options.usage)
        if self._usage is not None:
            observers = (observers or Observers(())).with_observer(self._usage)
        self.observers = observers
        """Who is told of requests; None: nobody, and nothing is noted."""
        self._broker = _own_broker(options.subscriptions.events, broker)
        self._closes_broker = self._broker is not broker
        sources = SourceStreams(self._streams, self._broker)
        self.pipeline = Pipeline(self._current, self._client, sources, options, documents, observers)
        self.reloader.on_swap = self._swapped
        self._watching: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether there is a supergraph to answer with."""
        return self._current.snapshot is not None

    @property
    def usage_reporter(self) -> UsageReporter | None:
        """What reports usage; None where it is not reported."""
        return None if self._usage is None else self._usage.reporter

    @property
    def snapshot(self) -> Snapshot | None:
        """What answers new requests now."""
        return self._current.snapshot

    @property
    def in_flight(self) -> InFlightClient | None:
        """What lets identical queries to subgraphs share an answer."""
        return self._client if isinstance(self._client, InFlightClient) else None

    @property
    def resilient(self) -> ResilientClient | None:
        """What bears with subgraphs; None where nothing of it is configured."""
        client = self._client.behind if isinstance(self._client, InFlightClient) else self._client
        return client if isinstance(client, ResilientClient) else None

    async def publish(self, channel: str, event: bytes) -> None:
        """Put an event, which is JSON text, on a channel that subscriptions may be fed by.

        Raises: router.events.broker.BrokerUnavailableError, also where no subscription is fed by events.
        """
        if self._broker is None:
            raise BrokerUnavailableError("Event-driven subscriptions are off.")
        await self._broker.publish(channel, event)

    def settle(self) -> None:
        """Let go of what an engine left that has ended; a pause that grows with the heap."""
        if self._owns_process:
            settle()

    @property
    def planning(self) -> PlanningStatistics | None:
        """What is prepared now, and the counters since the engine was made; None without a supergraph."""
        snapshot = self.snapshot
        return None if snapshot is None else snapshot.operations.statistics()

    async def continue_with(self, older: Engine) -> None:
        """Take over from an older configuration's engine, which may have work under way.

        What it was asked last is planned, as far as it is valid here; persisted queries and what callers took of
        their rate limits stay, where this process keeps them.
        """
        if isinstance(self._persisted, MemoryStore) and isinstance(older._persisted, MemoryStore):
            self._persisted.continue_with(older._persisted)
        self.pipeline.continue_with(older.pipeline)
        if self.snapshot is not None and older.snapshot is not None:
            await warm(older.snapshot, self.snapshot)

    async def __aenter__(self) -> Self:
        """Load the supergraph and watch its files.  Raises: UnusableSupergraphError."""
        if self._owns_process:
            sys.setswitchinterval(SWITCH_INTERVAL_S)
        await self.reloader.start()
        if self._trusted is not None:
            await self._trusted.start()
        self._watching = asyncio.get_running_loop().create_task(self.reloader.watch())
        if self.observers is not None:
            self.observers.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching and close every connection to subgraphs."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        if self._trusted is not None:
            await self._trusted.stop()
        await self.subgraph_health.close()
        await self.pipeline.close()
        if self.observers is not None:
            await self.observers.close()
        await self._streams.close()
        if self._broker is not None and self._closes_broker:
            await self._broker.close()
        await self._client.close()
        if self._persisted is not None:
            await self._persisted.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _swapped(self, snapshot: Snapshot) -> None:
        """Let what outlives a request follow the supergraph that answers now."""
        if self._trusted is not None:
            self._trusted.check(snapshot)
        await self.pipeline.live.replan()


def _own_broker(options: EventOptions | None, given: Broker | None) -> Broker | None:
    if options is None:
        return None
    if options.redis_url is not None:
        from router.events.redis import RedisBroker  # noqa: PLC0415  # 100 ms that only those with Redis pay

        return RedisBroker(options.redis_url, tells_at_once=True)
    return given or MemoryBroker()


def _own_client(options: EngineOptions) -> SubgraphClient:
    client: StartingClient = HttpClient(options.subgraph_http)
    if options.subgraph_http_of:
        clients = {http: HttpClient(http) for http in options.subgraph_http_of.values()}
        client = ClientBySubgraph(
            client, {name: clients[http] for name, http in options.subgraph_http_of.items()}
        )
    if not options.resilience.is_idle:
        client = ResilientClient(client, options.resilience)
    return InFlightClient(client) if options.shares_in_flight else client
