"""``olympus registry token``: straight in the registry's database, for who runs the registry."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from router.cli.choices import ExplainFormat
from router.cli.failure import CommandError
from router.errors import RouterError
from router.registry.api.resolve import expiry
from router.registry.database.connect import open_database
from router.registry.database.token_rows import TokenRow
from router.registry.database.writes import Signed
from router.registry.errors import RegistryDatabaseError
from router.registry.options import RegistryOptions
from router.registry.tokens import Scope, Tokens, read_scope

T = TypeVar("T")


def run_create(
    options: RegistryOptions,
    name: str,
    scopes: Sequence[str],
    expires_in_days: float | None,
    format_: ExplainFormat,
) -> None:
    """Make a token and print it.  Raises: CommandError."""

    async def create(tokens: Tokens) -> tuple[TokenRow, str]:
        signed = _signed()
        granted = dict(read_scope(scope) for scope in scopes)
        made = await tokens.create(name, granted, signed, expiry(signed.at, expires_in_days))
        return made.row, made.text

    row, text = _with_tokens(options, create)
    if format_ is ExplainFormat.JSON:
        print(json.dumps({**_entry(row), "token": text}, indent=2))
    else:
        print(text)


def run_list(options: RegistryOptions, format_: ExplainFormat) -> None:
    """Print all tokens.  Raises: CommandError."""
    rows = _with_tokens(options, lambda tokens: tokens.list())
    if format_ is ExplainFormat.JSON:
        print(json.dumps([_entry(row) for row in rows], indent=2))
        return
    for row in rows:
        entry = _entry(row)
        state = "revoked" if row.revoked_at else "valid" if row.is_valid(datetime.now(UTC)) else "expired"
        print(f"{row.id}  {state:8}{entry['created_at']}  {row.name}  {' '.join(entry['scopes'])}")


def run_revoke(options: RegistryOptions, id_: str) -> None:
    """Revoke a token.  Raises: CommandError."""
    _with_tokens(options, lambda tokens: tokens.revoke(id_, _signed()))
    print(f"The token {id_} counts no longer.")


def _with_tokens(options: RegistryOptions, work: Callable[[Tokens], Awaitable[T]]) -> T:
    async def run() -> T:
        database = await open_database(options.database_url)
        try:
            return await work(Tokens(database))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (RegistryDatabaseError, RouterError) as error:
        raise CommandError(str(error)) from None


def _signed() -> Signed:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = f"user {os.getuid()}"
    return Signed(f"{user} at the registry", datetime.now(UTC))


def _entry(row: TokenRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "scopes": [f"{graph}:{Scope(scope)}" for graph, scope in sorted(row.scopes.items())],
        "created_at": row.created_at.isoformat(timespec="seconds"),
        "created_by": row.created_by,
        "expires_at": None if row.expires_at is None else row.expires_at.isoformat(timespec="seconds"),
        "revoked_at": None if row.revoked_at is None else row.revoked_at.isoformat(timespec="seconds"),
    }
