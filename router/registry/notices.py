"""Wakes whoever waits for a variant's next release, whichever process made it.

A release of this process wakes at once; for those of others the database is asked, once for all who wait for a
variant, or at once where a broker tells.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Final

from router.errors import RouterError
from router.registry.model import VariantRef
from router.registry.registry import Registry

POLL_S: Final = 0.5
"""For releases of other processes: routers serve a release within 2 s."""


@dataclass(slots=True)
class _Watched:
    live: int | None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    polling: asyncio.Task[None] | None = None


class Notices:
    """Who waits for which variant."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._watched: dict[VariantRef, _Watched] = {}
        self._is_closed = False
        registry.on_release.append(self.tell)

    async def wait(self, ref: VariantRef, known: int | None, wait_s: float) -> int | None:
        """Give what is live, as soon as that is not ``known``, or after ``wait_s`` whatever it is.

        Raises: RegistryUnavailableError.
        """
        live = await self._registry.live_id(ref)
        if live != known or self._is_closed:
            return live
        watched = self._watched.get(ref)
        if watched is None:
            watched = self._watched[ref] = _Watched(live)
            watched.polling = asyncio.get_running_loop().create_task(self._poll(ref))
        watched.waiting += 1
        try:
            async with asyncio.timeout(wait_s):
                while watched.live == known and not self._is_closed:
                    await watched.changed.wait()
        except TimeoutError:
            pass
        finally:
            watched.waiting -= 1
            if not watched.waiting and self._watched.get(ref) is watched:
                del self._watched[ref]
                if watched.polling is not None:
                    watched.polling.cancel()
        return watched.live

    def tell(self, ref: VariantRef, release: int) -> None:
        """Wake who waits for the variant."""
        watched = self._watched.get(ref)
        if watched is not None and (watched.live is None or watched.live < release):
            watched.live = release
            self._wake(watched)

    async def look(self, ref: VariantRef | None) -> None:
        """See whether a variant has a new release, or any that somebody waits for."""
        for waited in tuple(self._watched) if ref is None else (ref,):
            if waited in self._watched:
                with contextlib.suppress(RouterError):
                    live = await self._registry.live_id(waited)
                    if live is not None:
                        self.tell(waited, live)

    def close(self) -> None:
        """Let nobody wait any more."""
        self._is_closed = True
        for watched in self._watched.values():
            self._wake(watched)

    async def _poll(self, ref: VariantRef) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            await self.look(ref)

    @staticmethod
    def _wake(watched: _Watched) -> None:
        watched.changed.set()
        watched.changed = asyncio.Event()
