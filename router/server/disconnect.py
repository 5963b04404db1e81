"""The client that leaves before it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from starlette.types import Receive

from router.server.request_body import ClientLeftError

T = TypeVar("T")

WATCH_AFTER_S: Final = 0.05
"""Requests that are answered sooner are not worth a task that waits for the client to leave."""


async def unless_left(answering: Awaitable[T], receive: Receive) -> T:
    """Give what is waited for.  Raises: ClientLeftError when the client left; it is not worked out then."""
    watch = _DisconnectWatch(receive)
    try:
        return await answering
    except asyncio.CancelledError:
        if watch.has_left:
            raise ClientLeftError from None
        raise
    finally:
        watch.stop()


class _DisconnectWatch:
    """Cancels the current task when the client leaves, from `WATCH_AFTER_S` on."""

    def __init__(self, receive: Receive) -> None:
        self.has_left = False
        self._receive = receive
        self._answering = asyncio.current_task()
        self._watching: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, self._start)

    def stop(self) -> None:
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _start(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_left = True
        if self._answering is not None:
            self._answering.cancel()
