"""One issuer's keys, kept fresh while tokens are checked with them.

    no keys yet              the caller waits for them
    older than ``poll_s``    they are fetched again beside the request; the old ones still count
    older than twice that    the caller waits for the new ones
    an unknown key id        they are fetched again at once, but not more often than every ``floor_s``
    fetching fails           the old keys count until ``max_stale_s``, then no token of this issuer can be checked

However many callers wait, one fetch is under way.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from router.guards.jwt_keys import JwtKey, keys_of_set, secret_keys
from router.guards.unauthenticated import KeysUnavailableError
from router.telemetry.logs import get_log

_log = get_log("guards")

MAX_SET_BYTES: Final = 1024 * 1024

Fetch: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
"""Gives a key set's JSON.  Raises: KeySetError."""


class KeySetError(Exception):
    """A key set could not be had, or has no usable key."""


@dataclass(frozen=True, slots=True)
class KeySource:
    """Whose tokens count, and by which keys: fixed ones, or a key set at a URL or in a file."""

    keys: tuple[JwtKey, ...] = ()
    url: str | None = None
    path: Path | None = None
    issuers: tuple[str, ...] = ()
    """Whose tokens these keys may sign; empty: anyone's."""
    audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    """Of the set's keys; empty: what each key says, secrets excepted for a URL."""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent to the URL."""
    poll_s: float = 60.0
    floor_s: float = 10.0
    max_stale_s: float = 24 * 3600.0
    timeout_s: float = 5.0

    def counts_for(self, issuer: object) -> bool:
        """Tell whether tokens of this issuer are checked with these keys."""
        return not self.issuers or issuer in self.issuers


def secret_key(
    secret: str,
    algorithms: tuple[str, ...] = ("HS256",),
    *,
    issuers: tuple[str, ...] = (),
    audiences: tuple[str, ...] = (),
) -> KeySource:
    """Make a source of a shared secret.  Raises: ValueError when it is too short."""
    return KeySource(secret_keys(secret, algorithms), issuers=issuers, audiences=audiences)


class KeyRing:
    """The keys of one source."""

    def __init__(self, source: KeySource, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self._fetch = fetch
        self._clock = clock
        self._keys: tuple[JwtKey, ...] = source.keys
        self._is_fixed = source.url is None and source.path is None
        self._fetched_s: float | None = None
        """When the keys came; None: never."""
        self._tried_s: float | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def keys(self, algorithm: str, key_id: str | None) -> tuple[JwtKey, ...]:
        """Give the keys that may have signed a token with this header.

        Raises: KeysUnavailableError when there is no key set, or only one that is too old.
        """
        if not self._is_fixed:
            await self._keep_fresh()
            if key_id is not None and all(key.key_id != key_id for key in self._keys) and self._may_try():
                await self._refresh()
        fitting = tuple(key for key in self._keys if key.algorithm == algorithm)
        if key_id is None:
            return fitting
        named = tuple(key for key in fitting if key.key_id == key_id)
        return named or tuple(key for key in fitting if key.key_id is None)

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    async def _keep_fresh(self) -> None:
        source = self.source
        age_s = self._age_s()
        if age_s is None or age_s > 2 * source.poll_s:
            if self._may_try():
                await self._refresh()
        elif age_s > source.poll_s and self._may_try():
            self._start()
        age_s = self._age_s()
        if age_s is None or age_s > max(source.max_stale_s, 2 * source.poll_s):
            raise KeysUnavailableError(max(1, round(source.floor_s)))

    def _age_s(self) -> float | None:
        return None if self._fetched_s is None else self._clock() - self._fetched_s

    def _may_try(self) -> bool:
        """Whether a fetch is under way, or may begin."""
        if self._fetching is not None:
            return True
        return self._tried_s is None or self._clock() - self._tried_s >= self.source.floor_s

    async def _refresh(self) -> None:
        await asyncio.shield(self._start())

    def _start(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._tried_s = self._clock()
            self._fetching = asyncio.get_running_loop().create_task(self._load())
        return self._fetching

    async def _load(self) -> None:
        source = self.source
        try:
            async with asyncio.timeout(source.timeout_s):
                key_set = await self._fetch()
            self._keys = keys_of_set(key_set, source.algorithms, allows_secrets=source.url is None)
            self._fetched_s = self._clock()
        except (KeySetError, ValueError, TimeoutError, RecursionError) as error:
            where = source.url or str(source.path)
            _log.warning("key set not refreshed", source=where, reason=str(error) or type(error).__name__)
        finally:
            self._fetching = None


class HttpKeySets:
    """Fetches key sets over HTTP with one client, made on first use.  Redirects are not followed."""

    def __init__(self, transport: Any = None) -> None:
        self._transport = transport
        self._client: Any = None

    async def fetch(
        self, url: str, headers: tuple[tuple[str, str], ...], timeout_s: float
    ) -> Mapping[str, Any]:
        """Give the key set.  Raises: KeySetError."""
        import httpx  # noqa: PLC0415  # 60 ms that only those with key sets at URLs pay

        if self._client is None:
            self._client = httpx.AsyncClient(transport=self._transport, trust_env=False)
        body = b""
        try:
            async with self._client.stream(
                "GET", url, headers=[("accept", "application/json"), *headers], timeout=timeout_s
            ) as response:
                if response.status_code != 200:
                    raise KeySetError(f"status {response.status_code}")
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_SET_BYTES:
                        raise KeySetError(f"larger than {MAX_SET_BYTES} bytes")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise KeySetError(str(error) or type(error).__name__) from None
        return read_key_set(body)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


def read_key_set(text: bytes) -> Mapping[str, Any]:
    """Read a key set's JSON.  Raises: KeySetError."""
    try:
        key_set = json.loads(text)
    except (ValueError, RecursionError):
        raise KeySetError("not a JSON Web Key Set") from None
    if not isinstance(key_set, dict):
        raise KeySetError("not a JSON Web Key Set")
    return key_set


async def file_key_set(path: Path) -> Mapping[str, Any]:
    """Give the key set of a file, read beside the event loop.  Raises: KeySetError."""
    try:
        return read_key_set(await asyncio.to_thread(path.read_bytes))
    except OSError as error:
        raise KeySetError(f"{path}: {error.strerror}") from None
