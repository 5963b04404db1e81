"""Where the supergraph comes from, and the swap when it changes.

The new snapshot is made beside the old one and put in its place by one assignment.  Requests under way end on
the snapshot they began with; when the last is done, nothing holds the old one and it is gone.  Connections to
subgraphs belong to the engine and not to a snapshot, so a swap closes none.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.engine.options import EngineOptions
from router.engine.snapshot import Current, Snapshot, make_snapshot, supergraph_id
from router.federation.supergraph import InvalidSupergraphError
from router.registry.watch import file_changes
from router.telemetry.logs import get_log, log_failure

_log = get_log("engine")

WARMED: Final = 100
"""Operations of the old snapshot that are planned anew before the swap."""


class UnusableSupergraphError(Exception):
    """There is no supergraph to be had: a file is missing or wrong, subgraphs do not compose."""


@dataclass(frozen=True, slots=True)
class SupergraphSource:
    """A supergraph that can be read again."""

    read: Callable[[], str]
    """Gives the SDL.  Blocks.  Raises: UnusableSupergraphError."""
    files: Callable[[], Collection[Path]]
    """What to watch; asked again after every change."""


def file_source(path: Path) -> SupergraphSource:
    """Give the source for a file that holds a composed supergraph."""

    def read() -> str:
        try:
            return path.read_text("utf-8")
        except FileNotFoundError:
            raise UnusableSupergraphError(f"{path}: no such file") from None
        except UnicodeDecodeError:
            raise UnusableSupergraphError(f"{path}: not UTF-8 text") from None
        except OSError as error:
            raise UnusableSupergraphError(f"{path}: {error.strerror}") from None

    return SupergraphSource(read, lambda: (path,))


class Reloader:
    """Keeps `Current` at what the source says."""

    def __init__(
        self, current: Current, source: SupergraphSource, options: EngineOptions, executor: Executor
    ) -> None:
        self._current = current
        self._source = source
        self._options = options
        self._executor = executor

    def load_now(self) -> None:
        """Load the first snapshot.  Blocks.  Raises: UnusableSupergraphError."""
        sdl = self._source.read()
        try:
            self._current.snapshot = make_snapshot(sdl, self._options, self._executor)
        except InvalidSupergraphError as error:
            raise UnusableSupergraphError(str(error)) from None

    async def start(self) -> None:
        """Load the first snapshot, unless `load_now` did.  Raises: UnusableSupergraphError."""
        if self._current.snapshot is None:
            await asyncio.to_thread(self.load_now)
        if self._options.owns_process:
            _settle()

    async def reload(self) -> bool:
        """Swap to what the source has now; True when that was something new and usable.

        What is wrong with it is logged, and the last good snapshot keeps answering.
        """
        old = self._current.snapshot
        try:
            sdl = await asyncio.to_thread(self._source.read)
            if old is not None and supergraph_id(sdl) == old.id:
                return False
            new = await asyncio.to_thread(make_snapshot, sdl, self._options, self._executor)
            if old is not None:
                await _warm(old, new)
        except (UnusableSupergraphError, InvalidSupergraphError) as error:
            _log.error("supergraph refused, keeping the last good one", reason=str(error))
            return False
        except Exception as error:
            log_failure(_log, "supergraph failed to load, keeping the last good one", error)
            return False
        self._current.snapshot = new
        del old
        if self._options.owns_process:
            gc.unfreeze()
            _settle()
        _log.info("supergraph changed", supergraph=new.id)
        return True

    async def watch(self) -> None:
        """Reload whenever a watched file changes; runs until cancelled."""
        async for _ in file_changes(self._source.files):
            await self.reload()


async def _warm(old: Snapshot, new: Snapshot) -> None:
    """Plan what was asked last anew, so that the swap makes nobody wait; what is invalid now is left out."""
    for key in reversed(old.operations.hottest(WARMED)):
        with contextlib.suppress(Exception):
            await new.operations.prepared(key)


def _settle() -> None:
    """Take what was just made out of the collector's sight.

    Origin of the numbers: performance.md, "Garbage collector": 13 to 17 % of a request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
