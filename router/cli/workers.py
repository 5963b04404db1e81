"""Several processes on one socket: the parent binds and watches, the workers accept and answer.

Workers are forked when everything is loaded, so they start at once and share what they never change.  A worker
that dies is replaced.  Each holds the reading end of a pipe whose writing end is the parent's alone: when the parent
goes, however it went, the pipe closes and its workers end in order.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Final, NoReturn

from router.cli.failure import CommandError
from router.telemetry.logs import get_log

_log = get_log("workers")

_RESTART_MAX_S: Final = 30.0
_KILL_AFTER_S: Final = 10.0
"""Beyond the drain, for a worker to end."""

Serve = Callable[[int, int, Callable[[], None]], None]
"""Serves in a worker: its slot, the pipe that tells of the parent's end, and what to call when ready."""


@dataclass(slots=True)
class _Worker:
    slot: int
    ready: int
    """Reading end of a pipe: a byte when it is ready, the end when it is gone."""
    is_ready: bool = False


class Workers:
    """The parent's view of its workers."""

    def __init__(self, count: int, serve: Serve, drain_s: float, on_ready: Callable[[], None]) -> None:
        """Make nothing yet; ``on_ready`` is called once, when all are."""
        self._count = count
        self._serve = serve
        self._drain_s = drain_s
        self._on_ready = on_ready
        self._alive: dict[int, _Worker] = {}
        self._due: dict[int, float] = {}
        """When the worker of a slot is to be started."""
        self._failures = 0
        """Workers in a row that died before they were ready."""
        self._has_been_ready = False
        self._has_failed = False
        self._signals: list[int] = []
        self._kill_at_s: float | None = None
        self._life, self._alive_end = os.pipe()
        self._wake_read, self._wake_write = os.pipe()

    def run(self) -> None:
        """Keep the workers going until a signal.  Raises: CommandError when they cannot start."""
        os.set_blocking(self._wake_write, False)
        self._due = dict.fromkeys(range(self._count), 0.0)
        with _woken_by_signals(self._wake_write, self._signals):
            while self._due or self._alive:
                self._start_due()
                self._wait()
                self._take_signals()
                self._reap()
        if self._has_failed:
            raise CommandError("The workers did not start; the log above says why.")

    @property
    def _is_ending(self) -> bool:
        return self._kill_at_s is not None

    def _start_due(self) -> None:
        now_s = time.monotonic()
        for slot in [slot for slot, due_s in self._due.items() if due_s <= now_s]:
            del self._due[slot]
            self._start(slot)

    def _start(self, slot: int) -> None:
        ready_read, ready_write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(ready_read)
            for worker in self._alive.values():
                os.close(worker.ready)
            self._work(slot, ready_write)
        os.close(ready_write)
        self._alive[pid] = _Worker(slot, ready_read)

    def _work(self, slot: int, ready: int) -> NoReturn:
        """Be a worker; never comes back."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for end in (self._alive_end, self._wake_read, self._wake_write):
                os.close(end)
            # ^C goes to every process of the terminal; the parent passes on what its workers should know.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)

            def tell() -> None:
                os.write(ready, b"r")

            self._serve(slot, self._life, tell)
            status = 0
        except KeyboardInterrupt:
            status = 0
        except CommandError as error:
            print(f"olympus: {error}", file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _wait(self) -> None:
        pipes = [worker.ready for worker in self._alive.values() if not worker.is_ready]
        timeout_s = 1.0 if not self._due else max(0.0, min(self._due.values()) - time.monotonic())
        readable, _, _ = select.select([self._wake_read, *pipes], [], [], min(timeout_s, 1.0))
        if self._wake_read in readable:
            os.read(self._wake_read, 4096)
        for worker in self._alive.values():
            # At its end, the exit is seen by `_reap`.
            if worker.ready in readable and os.read(worker.ready, 1):
                worker.is_ready = True
                self._failures = 0
        if not self._has_been_ready and sum(w.is_ready for w in self._alive.values()) == self._count:
            self._has_been_ready = True
            self._on_ready()

    def _take_signals(self) -> None:
        while self._signals:
            number = self._signals.pop(0)
            if number in (signal.SIGINT, signal.SIGTERM):
                self._end()
            elif number != signal.SIGCHLD:
                self._tell(number)
        if self._kill_at_s is not None and time.monotonic() > self._kill_at_s and self._alive:
            _log.error("killing workers that did not end", workers=len(self._alive))
            self._tell(signal.SIGKILL)

    def _end(self) -> None:
        """Tell every worker to end; told twice, they hurry."""
        if self._kill_at_s is None:
            self._kill_at_s = time.monotonic() + self._drain_s + _KILL_AFTER_S
        self._due.clear()
        self._tell(signal.SIGTERM)

    def _tell(self, number: int) -> None:
        for pid in self._alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _reap(self) -> None:
        for pid in list(self._alive):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                worker = self._alive.pop(pid)
                os.close(worker.ready)
                if not self._is_ending:
                    self._replace(worker, os.waitstatus_to_exitcode(status), pid)

    def _replace(self, worker: _Worker, code: int, pid: int) -> None:
        _log.error("a worker ended", pid=pid, code=code, was_ready=worker.is_ready)
        if not worker.is_ready:
            self._failures += 1
            if not self._has_been_ready:
                self._end()
                self._has_failed = True
                return
        wait_s = min(0.1 * 2.0 ** min(self._failures, 16), _RESTART_MAX_S) if self._failures else 0.0
        self._due[worker.slot] = time.monotonic() + wait_s


@contextlib.contextmanager
def _woken_by_signals(write: int, seen: list[int]) -> Iterator[None]:
    def note(number: int, _frame: FrameType | None) -> None:
        seen.append(number)

    before_fd = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
    before = {number: signal.signal(number, note) for number in names}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_fd)
