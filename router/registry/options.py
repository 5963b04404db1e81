"""What a registry that is served needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

DEFAULT_DATABASE: Final = "sqlite:///registry.db"


@dataclass(frozen=True, slots=True)
class RegistryOptions:
    """One registry."""

    database_url: str = field(default=DEFAULT_DATABASE, repr=False)
    """``sqlite:///FILE`` or ``postgresql://…``."""
    path: str = "/registry"
    """Below it are ``/graphql`` and ``/artifacts/GRAPH/VARIANT``."""
    private_keys: tuple[Path, ...] = ()
    """Ed25519 keys in PEM; every one signs."""
    secret: bytes | None = field(default=None, repr=False)
    """Signs by HMAC."""
    redis_url: str | None = field(default=None, repr=False)
    """Tells other processes of releases."""
    usage_days: int = 400
    """How long usage is kept."""
    max_body_bytes: int = 32 * 1024 * 1024
