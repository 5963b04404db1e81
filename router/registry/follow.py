"""A router's side of the registry: follows a variant, believes only what is signed, starts without the registry.

    first read    the kept artefact and the registry's: the one with the greater release
    then          long-poll in a thread of its own; with Redis, a look at every notice

An artefact counts when its signature is by the trusted key, it is of this variant, and its release is not older.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import random
import socket
import ssl
import threading
import urllib.parse
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from router.registry.artifact import Artifact, InvalidArtifactError, read_artifact
from router.registry.channel import announced
from router.registry.last_good import keep, kept
from router.registry.model import VariantRef
from router.registry.signing import Verifier
from router.telemetry.logs import get_log

_log = get_log("registry")

MAX_BYTES: Final = 64 * 1024 * 1024
LONG_POLL_S: Final = 30.0
FIRST_RETRY_S: Final = 0.5
MAX_RETRY_S: Final = 30.0
TOLD_AT_FAILURE: Final = 2
"""Half a second after the first: a registry that restarts, or that ends together with this router, is no news."""


class FollowError(Exception):
    """The registry gives no release that can be believed; the message says why, without the token."""


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """What to follow, and whom to believe."""

    url: str
    """Of the registry, with its path: ``https://registry.example/registry``."""
    ref: VariantRef
    verifier: Verifier
    token: str = field(repr=False)
    last_good: Path | None = None
    timeout_s: float = 30.0
    """For an answer, besides the time that the registry is asked to wait."""
    redis_url: str | None = field(default=None, repr=False)
    poll_s: float = 10.0
    """Where Redis tells of releases: how often to look all the same."""


class Follower:
    """One variant.  `read` blocks, and is for one thread at a time; `changes` looks in a thread of its own."""

    def __init__(self, options: FollowOptions) -> None:
        self.options = options
        self._current: tuple[Artifact, bytes] | None = None

    @property
    def current(self) -> Artifact | None:
        """The newest release that is known."""
        return None if self._current is None else self._current[0]

    def read(self) -> str:
        """Give the supergraph of the newest release that is known.

        Raises: FollowError when the registry cannot be had and nothing was kept.
        """
        if self._current is None:
            self._take_kept()
            try:
                self.look(0)
            except FollowError as error:
                if self._current is None:
                    raise
                _log.warning("using the kept release", release=self._current[0].release, reason=str(error))
        if self._current is None:
            raise FollowError(f"{self.options.url}: {self.options.ref} has no release yet")
        return self._current[0].supergraph

    def keep(self, supergraph: str) -> None:
        """Keep the artefact of a supergraph that has become live."""
        current, path = self._current, self.options.last_good
        if path is not None and current is not None and current[0].supergraph == supergraph:
            keep(path, current[1])

    def look(self, wait_s: float, ask: Request | None = None) -> bool:
        """Ask the registry; True when there is a newer release.  Blocks up to ``wait_s`` and a time-out.

        Raises: FollowError.
        """
        known = None if self._current is None else self._current[0].release
        content = (ask or Request(self.options)).send(known, wait_s)
        return content is not None and self._take(content, known)

    async def changes(self) -> AsyncGenerator[None]:
        """Yield whenever there is a newer release; runs until cancelled."""
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to be woken
                loop.call_soon_threadsafe(woken.set)

        looking = _Looking(self, wake)
        looking.start()
        noticing = None
        if self.options.redis_url is not None:
            noticing = loop.create_task(_notice(self.options.redis_url, self.options.ref, looking.poke))
        try:
            while True:
                await woken.wait()
                woken.clear()
                yield
        finally:
            looking.stop()
            if noticing is not None:
                noticing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await noticing

    def _take(self, content: bytes, known: int | None) -> bool:
        try:
            artifact = read_artifact(content, self.options.verifier)
        except InvalidArtifactError as error:
            raise FollowError(f"{self.options.url} gives a release that is refused: {error}") from None
        if VariantRef(artifact.graph, artifact.variant) != self.options.ref:
            raise FollowError(f"{self.options.url} gives a release of {artifact.graph}@{artifact.variant}")
        if known is not None and artifact.release < known:
            raise FollowError(
                f"{self.options.url} gives release {artifact.release}, older than {known}: ignored"
            )
        is_new = artifact.release != known
        self._current = (artifact, content)
        return is_new

    def _take_kept(self) -> None:
        content = None if self.options.last_good is None else kept(self.options.last_good)
        if content is None:
            return
        try:
            self._take(content, None)
        except FollowError as error:
            _log.error("the kept release is ignored", file=str(self.options.last_good), reason=str(error))


class Request:
    """One question to the registry; another thread may cut it short."""

    def __init__(self, options: FollowOptions) -> None:
        self._options = options
        self._connection: http.client.HTTPConnection | None = None
        self._is_cut = False

    def send(self, known: int | None, wait_s: float) -> bytes | None:
        """Give the artefact; None when it is the known one still.  Raises: FollowError."""
        options = self._options
        parts = urllib.parse.urlsplit(options.url)
        path = f"{parts.path.rstrip('/')}/artifacts/{options.ref.graph}/{options.ref.variant}?wait={wait_s:g}"
        headers = {"authorization": f"Bearer {options.token}", "user-agent": "olympus-router"}
        if known is not None:
            headers["if-none-match"] = f'"{known}"'
        connection = _connection(parts, options.timeout_s + wait_s)
        self._connection = connection
        try:
            with contextlib.closing(connection):
                connection.request("GET", path, headers=headers)
                if self._is_cut:
                    raise FollowError("cut short")
                response = connection.getresponse()
                content = response.read(MAX_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FollowError(f"{options.url} cannot be asked: {error or type(error).__name__}") from None
        if response.status == 304 and known is not None:
            return None
        if response.status == 404 and known is None:
            return None
        if response.status != 200:
            raise FollowError(f"{options.url} answers with status {response.status}{_reason(content)}")
        if len(content) > MAX_BYTES:
            raise FollowError(f"{options.url} gives more than {MAX_BYTES} bytes")
        return content

    def cut(self) -> None:
        """End it at once."""
        self._is_cut = True
        sock = None if self._connection is None else self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _Looking:
    """The thread that looks for newer releases."""

    def __init__(self, follower: Follower, wake: Callable[[], None]) -> None:
        self._follower = follower
        self._wake = wake
        self._poked = threading.Event()
        self._is_stopped = False
        self._request: Request | None = None
        # A daemon: a router that ends does not wait for an answer of the registry.
        self._thread = threading.Thread(target=self._run, name="following the registry", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def poke(self) -> None:
        """Look now."""
        self._poked.set()

    def stop(self) -> None:
        """End, without waiting for it."""
        self._is_stopped = True
        self._poked.set()
        if self._request is not None:
            self._request.cut()

    def _run(self) -> None:
        failures = 0
        options = self._follower.options
        while not self._is_stopped:
            self._poked.clear()
            request = self._request = Request(options)
            try:
                is_new = self._follower.look(LONG_POLL_S if options.redis_url is None else 0, request)
            except FollowError as error:
                if self._is_stopped:
                    return
                failures += 1
                if failures == TOLD_AT_FAILURE:
                    _log.error("the registry cannot be followed, trying again", reason=str(error))
                self._poked.wait(_retry_s(failures))
                continue
            if failures:
                _log.info("the registry can be followed again", failures=failures)
                failures = 0
            if is_new:
                self._wake()
            if options.redis_url is not None:
                self._poked.wait(options.poll_s)


async def _notice(redis_url: str, ref: VariantRef, poke: Callable[[], None]) -> None:
    """Look whenever the broker tells of a release, or may have missed one."""
    from router.events.redis import RedisBroker  # noqa: PLC0415  # half a second, only where it is configured

    broker = RedisBroker(redis_url)
    try:
        async for told in announced(broker):
            if told is None or told == ref:
                poke()
    finally:
        await broker.close()


def _connection(parts: urllib.parse.SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    """Give a connection; no proxy of the environment, as with subgraphs."""
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=timeout_s, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, parts.port, timeout=timeout_s)


def _reason(content: bytes) -> str:
    """Give what the registry says of a refusal; nothing where something else answers."""
    try:
        return f": {json.loads(content)['errors'][0]['message']}"
    except (ValueError, KeyError, IndexError, TypeError):
        return ""


def _retry_s(failures: int) -> float:
    return min(FIRST_RETRY_S * 2.0 ** min(failures - 1, 16), MAX_RETRY_S) * random.uniform(0.8, 1.2)  # noqa: S311  # no secret
