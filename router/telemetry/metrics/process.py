"""The metrics of one process: made once, whatever configurations come and go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from router.telemetry.logs import get_log, log_failure
from router.telemetry.metrics.base import PushOptions, Reading
from router.telemetry.metrics.instruments import SECONDS, Instruments
from router.telemetry.metrics.observer import RequestCounter
from router.telemetry.metrics.vitals import VitalSigns
from router.telemetry.metrics.workers import registry_of_all, write_to

SAMPLE_S: Final = 1.0
"""How often the router's parts are read, and the event loop is timed."""

_log = get_log("telemetry")


@dataclass(frozen=True, slots=True)
class MetricsOptions:
    """Of one process; ``config`` fills these."""

    max_label_values: int = 200
    """Of each label whose values clients choose."""
    seconds: tuple[float, ...] = SECONDS
    """Buckets of latencies."""
    push: PushOptions | None = None
    """Where they are sent to as well."""


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """Where a worker's figures are, among those of all."""

    folder: Path
    slot: int


class Metrics:
    """Counters, gauges and histograms, and the answer to a scrape."""

    def __init__(self, options: MetricsOptions, version: str, place: WorkerPlace | None = None) -> None:
        """Make them; ``place``: of one worker among several.  Only one of a process may have a place."""
        if place is not None:
            write_to(place.folder, place.slot)
        self.registry = CollectorRegistry()
        self._place = place
        self._push_options = options.push
        self._version = version
        self._instruments = Instruments(self.registry, options.seconds)
        self._instruments.build.labels(version).set(1)
        counter = RequestCounter(self._instruments, options.max_label_values)
        self.subscribed = counter.subscribed
        self.ended = counter.ended
        self._vitals = VitalSigns(self.registry)
        self.add, self.remove = self._vitals.add, self._vitals.remove
        self.add("process", _process)
        self._vitals.take()

    async def sample(self) -> None:
        """Read the router's parts and time the event loop, again and again; runs until cancelled.

        Where metrics are sent to a collector, that is done meanwhile, and once more at the end.
        """
        pushing = None if self._push_options is None else asyncio.create_task(self._push(self._push_options))
        try:
            await self._sample()
        finally:
            self._vitals.take()
            if pushing is not None:
                pushing.cancel()
                await asyncio.gather(pushing, return_exceptions=True)

    async def _push(self, options: PushOptions) -> None:
        from router.telemetry.metrics.push import MetricsPush  # noqa: PLC0415  # with the extra only

        await MetricsPush(options, self.registry, self._version).run()

    async def _sample(self) -> None:
        while True:
            # Not the loop's own clock, which stands still while the loop is busy.
            due_s = time.perf_counter() + SAMPLE_S
            await asyncio.sleep(SAMPLE_S)
            self._instruments.loop_lag_seconds.observe(max(0.0, time.perf_counter() - due_s))
            try:
                self._vitals.take()
            except Exception as error:
                log_failure(_log, "metrics could not be read", error)

    async def scraped(self, accept: str) -> tuple[bytes, str]:
        """Give the metrics as text and its content type, in OpenMetrics where ``accept`` asks for it.

        Cost: milliseconds, in a thread.
        """
        self._vitals.take()
        encode, content_type = choose_encoder(accept)
        registry = self.registry if self._place is None else registry_of_all(self._place.folder)
        return await asyncio.to_thread(encode, registry), content_type


def _process() -> Iterable[Reading]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    yield Reading("workers", 1)
    yield Reading("cpu_seconds", usage.ru_utime + usage.ru_stime)
    yield Reading("resident_memory_bytes", _resident_bytes(usage.ru_maxrss))


def _resident_bytes(most: int) -> float:
    """Give what the process takes now; where the system does not tell, the most it took."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return float(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return float(most if sys.platform == "darwin" else most * 1024)
