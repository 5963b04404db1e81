"""Where lists of trusted documents come from: files and folders, HTTP, Redis, a function of the operator."""

from __future__ import annotations

import asyncio
import inspect
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from router.guards.manifest import (
    MAX_MANIFEST_BYTES,
    InvalidManifestError,
    TrustedDocument,
    parse_manifest,
    read_local_manifest,
    read_manifest,
)

TIMEOUT_S: Final = 10.0

ManifestFunction = Callable[[], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]
"""Gives a decoded manifest of either shape; called in a thread unless it is a coroutine function."""


@dataclass(frozen=True, slots=True)
class TrustedOptions:
    """Of trusted documents; ``config`` fills these."""

    paths: tuple[Path, ...] = ()
    """Manifests and folders; watched."""
    url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    redis_key: str = "olympus:documents"
    """The key whose value is a manifest."""
    function: ManifestFunction | None = None
    poll_s: float = 60.0
    """How often everything but files is asked again."""
    is_safelist: bool = False
    """Whether nothing but trusted documents runs."""
    requires_id: bool = False
    """Whether a trusted document must be asked for by id."""
    logs_unknown: bool = False


class ManifestSource(Protocol):
    """A list that can be read again.  Raises: InvalidManifestError, when there is nothing to be had."""

    async def read(self) -> Sequence[TrustedDocument]:
        """Give all documents."""


class LocalManifests:
    """Files and folders."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    async def read(self) -> Sequence[TrustedDocument]:
        """Read them all."""
        return await asyncio.to_thread(
            lambda: [document for path in self._paths for document in read_local_manifest(path)]
        )


class HttpManifest:
    """A URL; what has not changed (``ETag``) is not sent again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._etag: str | None = None
        self._known: Sequence[TrustedDocument] = ()

    async def read(self) -> Sequence[TrustedDocument]:
        """Ask for it."""
        return await asyncio.to_thread(self._ask)

    def _ask(self) -> Sequence[TrustedDocument]:
        headers = {"accept": "application/json"} | ({"if-none-match": self._etag} if self._etag else {})
        request = urllib.request.Request(self._url, headers=headers)  # noqa: S310  # config checks the scheme
        place = self._url.partition("?")[0].rpartition("@")[2]
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                body = response.read(MAX_MANIFEST_BYTES + 1)
                etag = response.headers.get("etag")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 304 and self._etag:
                return self._known
            raise InvalidManifestError(f"{place} answers with status {error.code}") from None
        except (OSError, ValueError) as error:
            raise InvalidManifestError(f"{place} cannot be asked: {type(error).__name__}") from None
        if len(body) > MAX_MANIFEST_BYTES:
            raise InvalidManifestError(f"{place}: larger than {MAX_MANIFEST_BYTES} bytes")
        self._known, self._etag = parse_manifest(body, place), etag
        return self._known


class RedisManifest:
    """One key of Redis whose value is a manifest."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    async def read(self) -> Sequence[TrustedDocument]:
        """Ask for it, over a connection of its own: it is rarely asked."""
        import redis.asyncio  # noqa: PLC0415  # 100 ms that only those with Redis pay
        from redis.exceptions import RedisError  # noqa: PLC0415

        client = redis.asyncio.Redis.from_url(
            self._url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
        try:
            text: Any = await client.get(self._key)
        except (RedisError, OSError) as error:
            raise InvalidManifestError(f"Redis cannot be asked: {type(error).__name__}") from None
        finally:
            await client.aclose()
        if text is None:
            raise InvalidManifestError(f"Redis has no key {self._key}")
        return parse_manifest(text, f"Redis key {self._key}")


class FunctionManifest:
    """What a function of the operator gives."""

    def __init__(self, function: ManifestFunction) -> None:
        self._function = function

    async def read(self) -> Sequence[TrustedDocument]:
        """Call it."""
        name = getattr(self._function, "__name__", "function")
        try:
            if inspect.iscoroutinefunction(self._function):
                manifest = await self._function()
            else:
                manifest = await asyncio.to_thread(self._function)
        except Exception as error:
            raise InvalidManifestError(f"{name}() raised {type(error).__name__}: {error}") from None
        return read_manifest(manifest, f"{name}()")


def manifest_sources(options: TrustedOptions) -> tuple[ManifestSource | None, tuple[ManifestSource, ...]]:
    """Give the source that is watched and those that are polled."""
    polled: list[ManifestSource] = []
    if options.url is not None:
        polled.append(HttpManifest(options.url))
    if options.redis_url is not None:
        polled.append(RedisManifest(options.redis_url, options.redis_key))
    if options.function is not None:
        polled.append(FunctionManifest(options.function))
    return (LocalManifests(options.paths) if options.paths else None), tuple(polled)
