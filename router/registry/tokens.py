"""Who may do what: tokens with a scope per graph, stored as hashes.

A token is ``olr_<id>_<secret>``: the id finds its row, the secret is compared in constant time.  A scope has those
before it: read, check, publish, admin.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from router.registry.database.connect import Database
from router.registry.database.token_rows import TokenRow, add_token, read_token, read_tokens, revoke_token
from router.registry.database.writes import Signed, add_audit
from router.registry.errors import (
    RegistryForbiddenError,
    RegistryInvalidError,
    RegistryNotFoundError,
    RegistryUnauthenticatedError,
)
from router.registry.model import check_name

ALL: Final = "*"
"""Every graph, also those that are not there yet."""

_TOKEN: Final = re.compile(r"olr_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)


class Scope(IntEnum):
    """What a token may do with a graph; the greater includes the smaller."""

    READ = 1
    CHECK = 2
    PUBLISH = 3
    """Publish, delete, roll back, and contracts."""
    ADMIN = 4
    """The audit and tokens of the graph."""

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as the registry knows."""

    actor: str
    """The token's name; written into releases and the audit."""
    scopes: Mapping[str, Scope]

    def may(self, graph: str, scope: Scope) -> bool:
        """Tell whether this is allowed."""
        return any(self.scopes.get(name, 0) >= scope for name in (graph, ALL))

    def need(self, graph: str, scope: Scope) -> None:
        """Raises: RegistryForbiddenError, that does not tell whether the graph is there."""
        if not self.may(graph, scope):
            raise RegistryForbiddenError(f"the token needs the scope {scope} on the graph {graph}")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made."""

    row: TokenRow
    text: str
    """Shown once: only its hash is kept."""


class Tokens:
    """The registry's tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def caller(self, text: str | None, now: datetime) -> Caller:
        """Give who has this token.  Raises: RegistryUnauthenticatedError.  Cost: one look at the database."""
        match = None if text is None else _TOKEN.fullmatch(text)
        if match is None:
            raise RegistryUnauthenticatedError("a token is needed: authorization: Bearer olr_…")
        async with self._database.reading() as connection:
            row = await read_token(connection, match[1])
        is_known = hmac.compare_digest("" if row is None else row.sha256, _sha256(match[2]))
        if row is None or not is_known or not row.is_valid(now):
            raise RegistryUnauthenticatedError("the token is not known, is revoked or has expired")
        return Caller(row.name, {graph: Scope(scope) for graph, scope in row.scopes.items()})

    async def create(
        self, name: str, scopes: Mapping[str, Scope], signed: Signed, expires_at: datetime | None = None
    ) -> NewToken:
        """Make a token.  Raises: RegistryInvalidError, RegistryUnavailableError."""
        if not name.strip() or not name.isprintable():
            raise RegistryInvalidError("a token needs a name: who or what has it")
        if not scopes:
            raise RegistryInvalidError("a token needs a scope on a graph")
        for graph in scopes:
            if graph != ALL:
                check_name("graph", graph)
        id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        numbers = {graph: int(scope) for graph, scope in scopes.items()}
        row = TokenRow(id_, name, _sha256(secret), signed.at, signed.actor, expires_at, None, numbers)
        async with self._database.writing() as connection:
            await add_token(connection, row)
            told = {graph: str(scope) for graph, scope in scopes.items()}
            await add_audit(connection, signed, "token_create", None, id_, {"name": name, "scopes": told})
        return NewToken(row, f"olr_{id_}_{secret}")

    async def list(self) -> list[TokenRow]:
        """Give every token that was ever made, the newest first."""
        async with self._database.reading() as connection:
            return await read_tokens(connection)

    async def revoke(self, id_: str, signed: Signed) -> None:
        """Let a token count no longer, at once.  Raises: RegistryNotFoundError."""
        async with self._database.writing() as connection:
            if not await revoke_token(connection, id_, signed.at):
                raise RegistryNotFoundError(f"there is no token {id_} that is not revoked")
            await add_audit(connection, signed, "token_revoke", None, id_, {})


def read_scope(text: str) -> tuple[str, Scope]:
    """Read ``graph:scope``; ``*`` is every graph.  Raises: RegistryInvalidError."""
    graph, _, name = text.rpartition(":")
    if not graph or name.upper() not in Scope.__members__:
        raise RegistryInvalidError(
            f"{text!r} is no scope: GRAPH:read, GRAPH:check, GRAPH:publish or GRAPH:admin"
        )
    return graph, Scope[name.upper()]


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
