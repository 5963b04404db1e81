"""Subscriptions that are going on: one source stream and one completion for all clients that ask the same.

    source stream → events → completed side by side, a few at a time → in order → each subscriber's queue

A source that breaks is opened again with back-off, and clients are told that they may have missed events.  A
reload plans each anew: the stream goes on where the subgraph is asked the same, and ends where it cannot.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeAlias

from router.engine.admission import Caller
from router.engine.event_feeds import EventFeed
from router.engine.event_streams import EventRequest, SourceStreams
from router.engine.subscriber import Subscriber
from router.engine.subscription_errors import (
    SchemaReloadError,
    SubscriptionShutdownError,
    TooManySubscriptionsError,
)
from router.engine.subscription_options import SubscriptionCounts, SubscriptionOptions
from router.errors import ClientError, InternalError, RouterError, SubgraphError
from router.execution.compile import CompiledPlan
from router.execution.context import Endpoint, ExecutionContext, Response
from router.execution.subscription import respond, source_request
from router.protocols.graphql_request import GraphQLRequest
from router.telemetry.logs import get_log, log_failure
from router.transport.base import Json, SourceStream, SubscriptionRequest

SIDE_BY_SIDE: Final = 8
"""Events of one source whose completion may be under way at the same time."""

_log = get_log("engine")


@dataclass(slots=True)
class Work:
    """What an operation is at present: it changes with the supergraph."""

    compiled: CompiledPlan
    context: ExecutionContext
    source: SubscriptionRequest | EventRequest
    feed: EventFeed | None = None
    """What events come over; None: they are the results of a subgraph's stream."""

    def read(self, item: Json) -> Json | None:
        """Give the result of the source stream that an item of it stands for; None: it is meant for others."""
        return item if self.feed is None else self.feed.read(self.compiled, item)


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation as it was asked, to be prepared again."""

    request: GraphQLRequest
    caller: Caller


Prepare: TypeAlias = Callable[[Asked], Awaitable[tuple[Hashable, Work]]]
"""Gives key and work on the supergraph that is live now.  Raises: ClientError when it cannot run there."""
Render: TypeAlias = Callable[[Response, bool], bytes]
"""Gives a result's bytes; with True they say that events before it may have been missed."""


async def work_of(compiled: CompiledPlan, context: ExecutionContext, feed: EventFeed | None = None) -> Work:
    """Give what is to be done for an operation with these variables and endpoints."""
    if feed is not None:
        return Work(compiled, context, feed.request, feed)
    program = compiled.program(context.variables) or await compiled.build(context.variables)
    return Work(compiled, context, source_request(program, compiled, context))


class LiveSubscription:
    """One source stream, from its first client to its last."""

    def __init__(
        self, asked: Asked, work: Work, streams: SourceStreams, render: Render, all_: LiveSubscriptions
    ) -> None:
        self.asked = asked
        self.work = work
        self.key: Hashable = object()
        self.former_keys: set[Hashable] = set()
        """By which clients know it that subscribed before a reload."""
        self.subscribers: set[Subscriber] = set()
        self._streams = streams
        self._render = render
        self._all = all_
        self._options = all_.options
        self._counts = all_.counts
        self._reading: asyncio.Future[None] | None = None
        self._is_switching = False
        self.task = asyncio.get_running_loop().create_task(self._run())

    def switch(self, work: Work) -> None:
        """Go on with another plan; the stream stays unless the subgraph is asked something else now."""
        old, self.work = self.work, work
        if work.source != old.source and self._reading is not None:
            self._is_switching = True
            self._reading.cancel()

    def end(self, error: RouterError | None) -> None:
        """Tell every client."""
        for subscriber in self.subscribers:
            subscriber.end(error)

    async def _run(self) -> None:
        self._counts.sources += 1
        try:
            await self._serve()
            self.end(None)
        except RouterError as error:
            self.end(error)
        except Exception as error:
            log_failure(_log, "subscription failed", error)
            self.end(InternalError())
        finally:
            self._counts.sources -= 1
            self.end(InternalError())  # counts only for who has seen no other end: when this was cancelled

    async def _serve(self) -> None:
        failures = 0
        while True:
            stream = self._streams.subscribe(self.work.source)
            self._counts.opened += 1
            opened_s = asyncio.get_running_loop().time()
            try:
                async for response in self._completed(stream):
                    self._deliver(response)
                if not self._is_switching:
                    return
            except SubgraphError as error:
                was_open = stream.was_open or failures > 0
                if asyncio.get_running_loop().time() - opened_s > self._options.reconnect_most_s:
                    failures = 0  # one that goes up and down all the time is given up, one that lived is not
                if not self._is_switching and (not was_open or failures >= self._options.reconnect_attempts):
                    raise
                if not self._is_switching:
                    failures += 1
                    await self._back_off(failures, error)
            finally:
                await stream.aclose()
            self._is_switching = False
            self._tell_of_gap()

    async def _completed(self, stream: SourceStream) -> AsyncGenerator[Response]:
        """Give the responses to the events, in order; some are completed while others wait for their turn."""
        pending: asyncio.Queue[asyncio.Task[Response] | Response | None] = asyncio.Queue(SIDE_BY_SIDE)
        reading = self._reading = asyncio.ensure_future(self._read(stream, pending))
        try:
            while (next_ := await pending.get()) is not None:
                yield await next_ if isinstance(next_, asyncio.Task) else next_
            await reading  # raises what ended the stream
        finally:
            reading.cancel()
            while not pending.empty():
                waiting = pending.get_nowait()
                if isinstance(waiting, asyncio.Task):
                    waiting.cancel()

    async def _read(
        self, stream: SourceStream, pending: asyncio.Queue[asyncio.Task[Response] | Response | None]
    ) -> None:
        try:
            async for item in stream:
                work = self.work
                event = work.read(item)
                if event is None:
                    continue
                self._counts.events += 1
                completion = respond(work.compiled, work.context, event)
                if len(work.compiled.plan.fetches) == 1:
                    await pending.put(await completion)
                else:
                    await pending.put(asyncio.get_running_loop().create_task(completion))
        except asyncio.CancelledError:
            if not self._is_switching:
                raise
        finally:
            await pending.put(None)

    def _deliver(self, response: Response) -> None:
        plain: bytes | None = None
        after_gap: bytes | None = None
        for subscriber in tuple(self.subscribers):
            if subscriber.misses_some:
                subscriber.misses_some = False
                after_gap = after_gap or self._render(response, True)
                subscriber.offer(after_gap)
            else:
                plain = plain or self._render(response, False)
                subscriber.offer(plain)
            self._counts.deliveries += 1
            if subscriber.is_ended:  # it was too slow; its client may take long to see that
                self._all.leave(self, subscriber)

    def _tell_of_gap(self) -> None:
        self._counts.gaps += 1
        for subscriber in self.subscribers:
            subscriber.misses_some = True

    async def _back_off(self, failures: int, error: SubgraphError) -> None:
        most_s = min(self._options.reconnect_first_s * 2 ** (failures - 1), self._options.reconnect_most_s)
        wait_s = most_s * random.uniform(0.5, 1.0)  # noqa: S311  # spreads reconnects, hides nothing
        _log.warning(
            "a source stream broke, opening it again",
            subgraph=error.subgraph,
            code=error.code,
            attempt=failures,
            wait_s=round(wait_s, 2),
        )
        await asyncio.sleep(wait_s)


class LiveSubscriptions:
    """Those of one engine."""

    def __init__(
        self, streams: SourceStreams, render: Render, prepare: Prepare, options: SubscriptionOptions
    ) -> None:
        self.counts = SubscriptionCounts()
        self.options = options
        self._streams = streams
        self._render = render
        self._prepare = prepare
        self._live: dict[Hashable, LiveSubscription] = {}

    async def subscribe(self, key: Hashable, asked: Asked, work: Work) -> AsyncGenerator[bytes]:
        """Give the results of an operation; ``key`` is all that they depend on.

        Leaving early stops the source stream when nobody else listens.
        Raises: TooManySubscriptionsError; the RouterError of an end that is not normal.
        """
        live = self._joined(key, asked, work)
        del asked, work  # who joins needs none of his own, and may wait here for days
        subscriber = Subscriber(self.options.queue_capacity, self.options.overflow, self._count_drop)
        live.subscribers.add(subscriber)
        self.counts.subscribers += 1
        async with aclosing(subscriber.results(lambda: self.leave(live, subscriber))) as results:
            async for result in results:
                yield result

    def known(self, key: Hashable) -> Hashable:
        """Give the key of an operation that is live already in place of an equal one, which need not be kept then."""
        found = self._live.get(key)
        return key if found is None else found.key

    def renew(self, key: Hashable, endpoints: Mapping[str, Endpoint]) -> None:
        """Ask subgraphs by these endpoints from now on: those of the same caller, with a fresh token."""
        for live in self._live.values():
            if key == live.key or key in live.former_keys:
                live.work.context.endpoints = endpoints

    async def replan(self) -> None:
        """Go on with what is live now: each operation is prepared anew, or ended with a code that says why."""
        for live in list(self._live.values()):
            try:
                new_key, work = await self._prepare(live.asked)
            except ClientError as error:
                live.end(SchemaReloadError(f"The supergraph has changed: {error}"))
                continue
            except Exception as error:
                log_failure(_log, "a subscription could not be planned anew", error)
                live.end(SchemaReloadError("The supergraph has changed; subscribe again."))
                continue
            if self._live.get(live.key) is live:
                del self._live[live.key]
                live.former_keys.add(live.key)
                # Who subscribed since has a source of its own; both go on.
                live.key = new_key if new_key not in self._live and self.options.is_shared else object()
                self._live[live.key] = live
                live.switch(work)

    def leave(self, live: LiveSubscription, subscriber: Subscriber) -> None:
        """Forget a client; the last one stops the source stream.  Twice is once."""
        if subscriber not in live.subscribers:
            return
        live.subscribers.discard(subscriber)
        self.counts.subscribers -= 1
        if not live.subscribers:
            self._forget(live)
            live.task.cancel()

    async def close(self) -> None:
        """End every source stream, and tell who still listens that the router stops."""
        for live in self._live.values():
            live.end(SubscriptionShutdownError("The router is shutting down; subscribe again."))
        tasks = [live.task for live in self._live.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._live.clear()

    def _joined(self, key: Hashable, asked: Asked, work: Work) -> LiveSubscription:
        found = self._live.get(key) if self.options.is_shared else None
        if found is not None and not found.task.done():
            return found
        if self.options.max_sources is not None and len(self._live) >= self.options.max_sources:
            raise TooManySubscriptionsError(
                f"The router has {self.options.max_sources} subscriptions open already; try again later."
            )
        live = LiveSubscription(asked, work, self._streams, self._render, self)
        if self.options.is_shared:
            live.key = key
        self._live[live.key] = live
        live.task.add_done_callback(lambda _: self._forget(live))
        return live

    def _forget(self, live: LiveSubscription) -> None:
        if self._live.get(live.key) is live:
            del self._live[live.key]

    def _count_drop(self) -> None:
        self.counts.dropped += 1
