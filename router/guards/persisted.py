"""Which document has this hash?  Automatic persisted queries.

A client sends a document's SHA-256 alone; when it is unknown, it sends hash and text, which are kept.
Spec: Apollo, "Automatic persisted queries".
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from router.errors import ClientError

MAX_KEPT_CHARACTERS: Final = 50_000
"""Of one document: texts are kept before they are validated, and strangers shall not fill the memory."""


class PersistedQueryNotFoundError(ClientError):
    """No document of this hash is kept; clients answer this by sending the text."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    status = 200

    def __init__(self) -> None:
        # The exact text: Apollo's clients look for it.
        super().__init__("PersistedQueryNotFound")


class PersistedQueryHashMismatchError(ClientError):
    """The text's SHA-256 is not the one sent with it, or the extension is not of version 1."""

    code = "PERSISTED_QUERY_HASH_MISMATCH"


@dataclass(frozen=True, slots=True)
class PersistedQueryOptions:
    """Of `persisted_query_store`."""

    capacity: int = 512
    """Documents kept in this process."""
    redis_url: str | None = field(default=None, repr=False)
    """Where all routers keep theirs; None: each process for itself."""


class PersistedQueryStore(Protocol):
    """Keeps documents by hash; may forget any."""

    async def get(self, sha256: str) -> str | None:
        """Give the document."""

    async def keep(self, sha256: str, text: str) -> None:
        """Keep a document."""

    async def close(self) -> None:
        """Close what is open."""


class MemoryStore:
    """In this process; the document not asked for longest leaves first."""

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[str, str] = OrderedDict()

    async def get(self, sha256: str) -> str | None:
        """Give the document."""
        text = self._kept.get(sha256)
        if text is not None:
            self._kept.move_to_end(sha256)
        return text

    async def keep(self, sha256: str, text: str) -> None:
        """Keep a document."""
        self._kept[sha256] = text
        self._kept.move_to_end(sha256)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    def continue_with(self, older: MemoryStore) -> None:
        """Keep what the older one keeps, as far as there is room."""
        self._kept = older._kept.copy()
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    async def close(self) -> None:
        """Nothing is open."""


def persisted_query_store(options: PersistedQueryOptions) -> PersistedQueryStore:
    """Give the store that is configured."""
    if options.redis_url is None:
        return MemoryStore(options.capacity)
    # A tenth of a second that a router without Redis does not pay at its start.
    from router.guards.persisted_redis import RedisStore  # noqa: PLC0415

    return RedisStore(options.redis_url, options.capacity)


async def document_text(text: str, extension: Mapping[str, Any], store: PersistedQueryStore) -> str:
    """Give the document that ``extensions.persistedQuery`` stands for, and keep it when its text came too.

    Shapes: ``{"version": 1, "sha256Hash": string}``.
    Raises: PersistedQueryNotFoundError, PersistedQueryHashMismatchError.
    """
    sha256 = extension.get("sha256Hash")
    if extension.get("version") != 1 or not isinstance(sha256, str):
        raise PersistedQueryHashMismatchError('persistedQuery must be {"version": 1, "sha256Hash": string}.')
    sha256 = sha256.lower()
    if text:
        if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != sha256:
            raise PersistedQueryHashMismatchError("The provided sha256Hash is not the query's.")
        if len(text) <= MAX_KEPT_CHARACTERS:
            await store.keep(sha256, text)
        return text
    found = await store.get(sha256)
    if found is None:
        raise PersistedQueryNotFoundError
    return found
