"""Which keys a registry signs with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from router.registry.database.connect import database_url
from router.registry.errors import RegistryDatabaseError
from router.registry.options import RegistryOptions
from router.registry.signing import Ed25519Signer, HmacKey, InvalidKeyError, Signer, own_key, read_key

OWN_KEY: Final = "registry-signing-key.pem"
"""Beside the SQLite database: made at the first start where no key is configured."""


def signers(options: RegistryOptions) -> Sequence[Signer]:
    """Give who signs; makes the registry's own key where none is configured.  Blocks.

    Raises: RegistryDatabaseError, naming what is wrong.
    """
    found: list[Signer] = []
    if options.secret is not None:
        try:
            found.append(HmacKey(options.secret))
        except InvalidKeyError as error:
            raise RegistryDatabaseError(f"registry.signing.secret: {error}") from None
    found += [_named(path) for path in options.private_keys]
    if not found:
        found.append(own_signer(options))
    return found


def own_signer(options: RegistryOptions) -> Ed25519Signer:
    """Give the first Ed25519 signer: the first configured, or the registry's own.  Raises: RegistryDatabaseError."""
    if options.private_keys:
        return _named(options.private_keys[0])
    path = own_key_path(database_url(options.database_url))
    if path is None:
        raise RegistryDatabaseError(
            "give registry.signing.private_keys or registry.signing.secret: registries that share a PostgreSQL "
            "database must share their key, too"
        )
    try:
        return own_key(path)
    except (InvalidKeyError, OSError) as error:
        raise RegistryDatabaseError(f"{path}: {error}") from None


def own_key_path(url: URL) -> Path | None:
    """Give where the registry's own key is; None beside a database that others share."""
    if not url.drivername.startswith("sqlite"):
        return None
    return Path(url.database or "").parent / OWN_KEY


def _named(path: Path) -> Ed25519Signer:
    try:
        return read_key(path)
    except (InvalidKeyError, OSError) as error:
        raise RegistryDatabaseError(f"{path}: {error}") from None
