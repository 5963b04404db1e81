"""Where the supergraph comes from, and the swap when it changes.

The new snapshot is made beside the old one and put in its place by one assignment.  Requests under way end on
the snapshot they began with; when the last is done, nothing holds the old one and it is gone.  Connections to
subgraphs belong to the engine and not to a snapshot, so a swap closes none.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.engine.options import EngineOptions
from router.engine.reload_record import ReloadRecord
from router.engine.snapshot import Current, Snapshot, make_snapshot, supergraph_id
from router.engine.unknown_subgraphs import warn_of_unknown_subgraphs
from router.federation.supergraph import InvalidSupergraphError
from router.language.quiet_collector import quiet_collector
from router.registry.watch import file_changes
from router.telemetry.logs import get_log, log_failure

_log = get_log("engine")

WARMED: Final = 100
"""Operations of the old snapshot that are planned anew before the swap."""


class UnusableSupergraphError(Exception):
    """There is no supergraph to be had: a file is missing or wrong, subgraphs do not compose."""


def _nothing(_sdl: str) -> None:
    """Who keeps nothing needs to hear nothing."""


@dataclass(frozen=True, slots=True)
class Release:
    """What a registry calls the supergraph that is live."""

    graph: str
    variant: str
    number: int
    created_at: str
    """ISO 8601."""


def _unreleased() -> Release | None:
    return None


def _no_files() -> Collection[Path]:
    return ()


@dataclass(frozen=True, slots=True)
class SupergraphSource:
    """A supergraph that can be read again."""

    read: Callable[[], str]
    """Gives the SDL.  Blocks.  Raises: UnusableSupergraphError."""
    files: Callable[[], Collection[Path]] = _no_files
    """What to watch, files and folders; asked again after every change."""
    poll_s: Callable[[], float] | None = None
    """How long to wait before reading again; None where watching files is enough."""
    changes: Callable[[], AsyncGenerator[None]] | None = None
    """Yields whenever there is something to read; instead of watching files and waiting."""
    took: Callable[[str], None] = _nothing
    """Told of each SDL that has become live.  Blocks."""
    release: Callable[[], Release | None] = _unreleased
    """Gives the release of what ``took`` was told of last; None where there are none."""


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
        self.record = ReloadRecord()
        self._current = current
        self._source = source
        self._options = options
        self._executor = executor
        self.on_swap: Callable[[Snapshot], Awaitable[None]] | None = None
        """Told of every new snapshot once it answers: what outlives a request has to follow."""
        self._reloading = asyncio.Lock()

    @property
    def release(self) -> Release | None:
        """Give the release that is live; None where the source has none."""
        return self._source.release()

    def load_now(self) -> None:
        """Load the first snapshot, or read again before anybody is served.

        Blocks.  Raises: UnusableSupergraphError.
        """
        sdl = self._source.read()
        have = self._current.snapshot
        if have is not None and have.id == supergraph_id(sdl):
            return
        try:
            self._current.snapshot = self._make(sdl)
        except InvalidSupergraphError as error:
            raise UnusableSupergraphError(str(error)) from None
        self.record.take()
        self._source.took(sdl)

    async def start(self) -> None:
        """Load the first snapshot, unless `load_now` did.  Raises: UnusableSupergraphError."""
        if self._current.snapshot is None:
            await asyncio.to_thread(self.load_now)
        if self._options.owns_process:
            settle(collects=self.record.taken > 1)

    async def reload(self) -> bool:
        """Swap to what the source has now; True when that was something new and usable.

        What is wrong with it is logged and recorded, and the last good snapshot keeps answering.
        """
        async with self._reloading:
            try:
                return await self._swap()
            except (UnusableSupergraphError, InvalidSupergraphError) as error:
                _log.error("supergraph refused, keeping the last good one", reason=str(error))
                self.record.refuse(str(error))
            except Exception as error:
                log_failure(_log, "supergraph failed to load, keeping the last good one", error)
                self.record.refuse("an internal error; the log has more")
        return False

    async def _swap(self) -> bool:
        old = self._current.snapshot
        sdl = await asyncio.to_thread(self._source.read)
        if old is not None and supergraph_id(sdl) == old.id:
            self.record.settle()
            return False
        new = await asyncio.to_thread(self._make, sdl)
        if old is not None:
            await warm(old, new)
        self._current.snapshot = new
        del old
        self.record.take()
        if self._options.owns_process:
            settle()
        _log.info("supergraph changed", supergraph=new.id)
        if self.on_swap is not None:
            await self.on_swap(new)
        _log.info("prepared operations", **new.operations.statistics().as_dict())
        await asyncio.to_thread(self._source.took, sdl)
        return True

    async def watch(self) -> None:
        """Reload whenever a watched file changes, the source says so or it is time to ask; runs until cancelled."""
        if self._source.poll_s is None:
            changes = self._source.changes or (lambda: file_changes(self._source.files))
            async with contextlib.aclosing(changes()) as found:
                async for _ in found:
                    await self.reload()
        else:
            while True:
                await asyncio.sleep(self._source.poll_s())
                await self.reload()

    def _make(self, sdl: str) -> Snapshot:
        with quiet_collector() if self._options.owns_process else contextlib.nullcontext():
            snapshot = make_snapshot(sdl, self._options, self._executor, self._current.planning)
        names = {subgraph.name for subgraph in snapshot.supergraph.subgraphs.values()}
        warn_of_unknown_subgraphs(self._options.named_subgraphs, names)
        return snapshot


async def warm(old: Snapshot, new: Snapshot) -> None:
    """Plan what was asked most anew, so that the swap makes nobody wait; what is invalid now is left out.

    One after another, so that requests find a planning thread free; the hottest last, so that it leaves last.
    """
    for key in reversed(old.operations.hottest(WARMED)):
        with contextlib.suppress(Exception):
            await new.operations.warm(key)


def settle(*, collects: bool = True) -> None:
    """Take what was just made out of the collector's sight, and what is garbage out of memory.

    At a start there is hardly any garbage, and looking for it takes longer than reading the supergraph's half.

    Origin of the numbers: performance.md, "Garbage collector": 13 to 17 % of a request.
    """
    gc.unfreeze()
    if collects:
        gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
