"""One client of the hub: who it is, where it is in, and what it has yet to read."""

from __future__ import annotations

import asyncio


class Member:
    """A client with a bounded queue of frames.

    Invariant: frames are read in the order in which they were offered, until the member leaves or is dropped.
    """

    __slots__ = ("_frames", "dropped", "rooms", "tenant", "user")

    def __init__(self, tenant: str, user: str | None, max_pending: int) -> None:
        self.tenant = tenant
        self.user = user
        self.rooms: set[str] = set()
        self.dropped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when more was offered than the queue holds: frames were missed, so the member must go."""
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(max_pending)

    def offer(self, frame: bytes) -> bool:
        """Queue a frame; False for a member that is dropped, now or before."""
        if self.dropped.done():
            return False
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.dropped.set_result(None)
            return False
        return True

    async def next_frame(self) -> bytes:
        """Give the next frame."""
        return await self._frames.get()
