"""One member of the hub with its socket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from starlette.types import Message, Receive, Send

from router.realtime.hub import Hub
from router.realtime.member import Member
from router.server.socket_control import SocketControl

TOO_BIG: Final = 1009
TRY_AGAIN_LATER: Final = 1013
TOKEN_EXPIRED: Final = 4401

CLOSE_WITHIN_S: Final = 1.0
"""After that, a member that does not even take its close is cut off."""


class RealtimeSession:
    """A member with its socket."""

    def __init__(
        self, hub: Hub, member: Member, receive: Receive, send: Send, control: SocketControl | None
    ) -> None:
        self._hub = hub
        self._member = member
        self._receive = receive
        self._send = send
        self._control = control

    async def serve(self, expires_in_s: float | None) -> None:
        """Read and write until the client leaves, misbehaves, falls behind or its token expires."""
        reading = asyncio.ensure_future(self._read())
        writing = asyncio.ensure_future(self._write())
        ends: set[asyncio.Future[Any]] = {reading, writing, self._member.dropped}
        try:
            done, _ = await asyncio.wait(
                ends,
                timeout=expires_in_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for task in (reading, writing):
                task.cancel()
            results = await asyncio.gather(reading, writing, return_exceptions=True)
        if not done:
            await self._close(TOKEN_EXPIRED, "The token has expired: connect with a new one")
        elif self._member.dropped in done:
            await self._close(TRY_AGAIN_LATER, "Too slow: broadcasts were missed")
        elif results[0] == TOO_BIG:
            await self._close(TOO_BIG, f"Frames have at most {self._hub.options.max_frame_bytes} bytes")

    async def _read(self) -> int:
        """Take frames until the client leaves; give the code to close with, or 0."""
        limit = self._hub.options.max_frame_bytes
        while (message := await self._receive())["type"] != "websocket.disconnect":
            frame = _frame_of(message)
            if len(frame) > limit:
                return TOO_BIG
            self._hub.receive(self._member, frame)
        return 0

    async def _write(self) -> None:
        # A frame is JSON, made by orjson: text, always.
        with suppress(OSError):  # the socket is gone, and its reader knows
            while True:
                frame = await self._member.next_frame()
                await self._send({"type": "websocket.send", "text": frame.decode()})

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except TimeoutError:
            if self._control is not None:
                self._control.abort()
        except OSError:
            return


def _frame_of(message: Message) -> bytes:
    text: str | None = message.get("text")
    data: bytes = message.get("bytes") or b""
    return data if text is None else text.encode()
