"""The app that outlives its configuration: a new generation beside the old, which ends with its last request.

Invariant: a request or socket belongs to the generation it began with, to its end; connections to clients belong
to none, so a swap closes none.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from router.engine.engine import Engine
from router.server.app import LivingApp
from router.telemetry.logs import get_log, log_failure

_log = get_log("server")


@dataclass(slots=True, eq=False)
class Generation:
    """One configuration's engine, and the app around it."""

    engine: Engine
    living: LivingApp
    """Lives as long as `Generations` has work for it."""
    under_way: int = 0
    is_over: bool = False
    """Whether another has taken its place."""


class Generations:
    """An ASGI app that leads every request to the newest generation.

    Cost per request: one call and a count.
    """

    def __init__(self, first: Generation) -> None:
        self._current = first
        self._old: set[Generation] = set()
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def engine(self) -> Engine:
        """The newest generation's."""
        return self._current.engine

    @property
    def old(self) -> int:
        """How many generations have work under way besides the newest."""
        return len(self._old)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket, or the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        generation = self._current
        generation.under_way += 1
        try:
            await generation.living.app(scope, receive, send)
        finally:
            generation.under_way -= 1
            if generation.is_over and not generation.under_way:
                self._end(generation)

    async def replace(self, new: Generation) -> None:
        """Start a generation, have it take over what the old one knows, and lead requests to it.

        Raises: UnusableSupergraphError when its supergraph cannot be had; the old one goes on then.
        """
        old = self._current
        await new.living.life.__aenter__()
        try:
            await new.engine.continue_with(old.engine)
        except BaseException:
            await _stop(new)
            raise
        new.engine.reloader.record.follow(old.engine.reloader.record)
        self._current = new
        old.is_over = True
        self._old.add(old)
        if not old.under_way:
            self._end(old)

    def _end(self, generation: Generation) -> None:
        self._old.discard(generation)
        task = asyncio.get_running_loop().create_task(self._bury(generation))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _bury(self, generation: Generation) -> None:
        await _stop(generation)
        del generation
        self.engine.settle()

    async def _live(self, receive: Receive, send: Send) -> None:
        """Spec: ASGI, "Lifespan protocol"."""
        await receive()
        try:
            await self._current.living.life.__aenter__()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for generation in (self._current, *self._old):
            await _stop(generation)
        await asyncio.gather(*self._ending, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})


async def _stop(generation: Generation) -> None:
    try:
        await generation.living.life.__aexit__(None, None, None)
    except Exception as error:
        log_failure(_log, "a generation did not stop in order", error)
