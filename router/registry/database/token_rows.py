"""Tokens in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from router.registry.database.tables import TOKEN_SCOPES, TOKENS


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token, without its secret."""

    id: str
    name: str
    sha256: str = field(repr=False)
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    scopes: Mapping[str, int]
    """By graph; ``*`` is every graph."""

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it counts now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


async def add_token(connection: AsyncConnection, row: TokenRow) -> None:
    """Store a token."""
    await connection.execute(
        insert(TOKENS).values(
            id=row.id,
            name=row.name,
            sha256=row.sha256,
            created_at=row.created_at,
            created_by=row.created_by,
            expires_at=row.expires_at,
        )
    )
    scopes = [
        {"token_id": row.id, "graph": graph, "scope": str(scope)} for graph, scope in row.scopes.items()
    ]
    await connection.execute(insert(TOKEN_SCOPES), scopes)


async def read_token(connection: AsyncConnection, id_: str) -> TokenRow | None:
    """Give one token."""
    rows = await connection.execute(_TOKENS.where(TOKENS.c.id == id_))
    return next(iter(_tokens(rows)), None)


async def read_tokens(connection: AsyncConnection) -> list[TokenRow]:
    """Give all, the newest first."""
    return _tokens(await connection.execute(_TOKENS.order_by(TOKENS.c.created_at.desc(), TOKENS.c.id)))


async def revoke_token(connection: AsyncConnection, id_: str, at: datetime) -> bool:
    """Revoke a token; False when there is none that counts."""
    statement = update(TOKENS).where(TOKENS.c.id == id_, TOKENS.c.revoked_at.is_(None)).values(revoked_at=at)
    return (await connection.execute(statement)).rowcount == 1


_TOKENS = select(TOKENS, TOKEN_SCOPES.c.graph, TOKEN_SCOPES.c.scope).join(
    TOKEN_SCOPES, TOKEN_SCOPES.c.token_id == TOKENS.c.id
)


def _tokens(rows: Iterable[Any]) -> list[TokenRow]:
    found: dict[str, tuple[Any, dict[str, int]]] = {}
    for row in rows:
        found.setdefault(row.id, (row, {}))[1][row.graph] = int(row.scope)
    return [
        TokenRow(
            row.id,
            row.name,
            row.sha256,
            row.created_at,
            row.created_by,
            row.expires_at,
            row.revoked_at,
            scopes,
        )
        for row, scopes in found.values()
    ]
