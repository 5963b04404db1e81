"""The trusted documents of a running router: loaded, kept up to date, checked and warmed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from router.engine.snapshot import Current, Snapshot
from router.errors import RouterError
from router.guards.manifest import InvalidManifestError, TrustedDocument
from router.guards.manifest_sources import ManifestSource, TrustedOptions, manifest_sources
from router.guards.trusted import TrustedDocuments
from router.planning.planner import NO_LABELS
from router.registry.watch import file_changes
from router.telemetry.logs import get_log, log_failure

_log = get_log("engine")


class TrustedList:
    """Keeps ``documents`` at what all sources say together.

    Invariant: a source that cannot be read keeps what it gave last; a list with a contradiction changes nothing.
    """

    def __init__(self, options: TrustedOptions, current: Current) -> None:
        self.options = options
        self.documents: TrustedDocuments | None = None
        """None: no source could be read yet."""
        self._current = current
        self._watched, self._polled = manifest_sources(options)
        self._given: dict[ManifestSource, Sequence[TrustedDocument]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._warming: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read every source once, and go on from there."""
        await self._read([*([self._watched] if self._watched else []), *self._polled])
        loop = asyncio.get_running_loop()
        if self._watched is not None:
            self._tasks.append(loop.create_task(self._watch(self._watched)))
        if self._polled:
            self._tasks.append(loop.create_task(self._poll()))

    async def stop(self) -> None:
        """Stop watching."""
        tasks = [*self._tasks, *([self._warming] if self._warming else [])]
        # Again and again: a library that is cancelled while it connects may swallow it.
        while tasks := [task for task in tasks if not task.done()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=0.5)

    def check(self, snapshot: Snapshot) -> None:
        """Prepare every document for a snapshot, in the background; those that no longer hold are told."""
        if self._warming is not None:
            self._warming.cancel()
        if self.documents is not None:
            self._warming = asyncio.get_running_loop().create_task(_prepare(self.documents, snapshot))

    async def _watch(self, source: ManifestSource) -> None:
        async for _ in file_changes(self._files):
            await self._read([source])

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self.options.poll_s)
            await self._read(self._polled)

    def _files(self) -> list[Path]:
        """Give what to watch: of a folder what is in it, so that every change of it wakes."""
        return [
            file
            for path in self.options.paths
            for file in ([path / "*", *sorted(path.iterdir())] if path.is_dir() else [path])
        ]

    async def _read(self, sources: Sequence[ManifestSource]) -> None:
        before = dict(self._given)
        for source in sources:
            try:
                self._given[source] = await source.read()
            except InvalidManifestError as error:
                _log.error("trusted documents not read, keeping the last good ones", reason=str(error))
            except Exception as error:
                log_failure(_log, "trusted documents not read, keeping the last good ones", error)
        if self._given == before:
            return
        try:
            self.documents = TrustedDocuments(one for given in self._given.values() for one in given)
        except InvalidManifestError as error:
            self._given = before
            _log.error("trusted documents refused, keeping the last good ones", reason=str(error))
            return
        _log.info("trusted documents loaded", count=len(self.documents.documents))
        if self._current.snapshot is not None:
            self.check(self._current.snapshot)


async def _prepare(trusted: TrustedDocuments, snapshot: Snapshot) -> None:
    failed: set[str] = set()
    for one in trusted.documents:
        if one.text in failed:
            continue
        try:
            # Clients whose tools write names into the list send them too.
            name = one.name if one.kind is not None else None
            await snapshot.operations.prepared((one.text, name, NO_LABELS))
        except RouterError as error:
            failed.add(one.text)
            _log.warning("trusted document does not hold", document=one.id, name=one.name, reason=str(error))
        except Exception as error:
            log_failure(_log, "trusted document not prepared", error)
