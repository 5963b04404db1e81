"""The events of one subscription on their way from a socket to the one who reads them."""

from __future__ import annotations

import asyncio
from collections import deque

from router.errors import SubgraphError
from router.transport.base import Json


class EventQueue:
    """Bounded, written synchronously, read by one task.

    Invariant: events pushed before the end are read before the end is seen.
    """

    __slots__ = ("_error", "_events", "_is_ended", "_max_events", "_room", "_wake")

    def __init__(self, max_events: int) -> None:
        self._events: deque[Json] = deque()
        self._max_events = max_events
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._is_ended = False
        self._error: SubgraphError | None = None

    def push(self, event: Json) -> bool:
        """False when the reader is too far behind; the event is lost then."""
        if self._is_ended:
            return True
        if len(self._events) >= self._max_events:
            return False
        self._events.append(event)
        self._wake.set()
        return True

    async def put(self, event: Json) -> None:
        """Wait for room; after the end the event is dropped.  For one writer, which the wait slows down."""
        while not self.push(event):
            self._room.clear()
            await self._room.wait()

    def end(self, error: SubgraphError | None = None) -> None:
        """No more events: normally, or with an error.  Only the first end counts."""
        if not self._is_ended:
            self._is_ended = True
            self._error = error
            self._wake.set()
            self._room.set()

    def clear(self) -> None:
        """Ends at once: what was not read yet is dropped."""
        self.end()
        self._error = None
        self._events.clear()

    async def get(self) -> Json:
        """The next event.

        Raises: StopAsyncIteration at the end; the SubgraphError of an abnormal end, once.
        """
        while not self._events:
            if self._is_ended:
                error, self._error = self._error, None
                if error is None:
                    raise StopAsyncIteration
                raise error.with_traceback(None)  # other subscriptions may raise the same object
            self._wake.clear()
            await self._wake.wait()
        event = self._events.popleft()
        self._room.set()
        return event
