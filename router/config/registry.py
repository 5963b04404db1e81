"""``registry``: the home of subgraph owners, served by this process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from router.config.values import RedisUrl, Secret, Section, Size, UrlPath, Words
from router.registry.options import DEFAULT_DATABASE, RegistryOptions


def _database_url(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("must be sqlite:///FILE or postgresql://…")
    return value


class RegistrySigning(Section):
    """``registry.signing``: with what releases are signed; left out, with a key made beside the SQLite database."""

    private_keys: tuple[Path, ...] = ()
    """Ed25519 keys in PEM, as `olympus registry key create` makes them; every one signs, so keys can be changed."""
    secret: Annotated[Secret, Field(min_length=32)] | None = None
    """Signs by HMAC-SHA-256; routers have the same secret."""


class RegistryRedis(Section):
    """``registry.redis``: other processes hear of releases at once."""

    url: RedisUrl
    """``redis://``, ``rediss://`` or ``unix://``."""


class RegistrySection(Section):
    """``registry``: the home of subgraph owners; `olympus registry` serves it alone."""

    enabled: bool = False
    """Whether `olympus serve` serves it, too."""
    database: Annotated[SecretStr, AfterValidator(_database_url), Words("database URL")] | None = None
    """``sqlite:///FILE``, or ``postgresql://…`` where several processes share it; left out, the file `registry.db`."""
    path: UrlPath = "/registry"
    """Below it are ``/graphql`` and ``/artifacts/GRAPH/VARIANT``."""
    signing: RegistrySigning = RegistrySigning()
    redis: RegistryRedis | None = None
    """None: other processes see a release within half a second."""
    usage_days: Annotated[int, Field(ge=1, le=3650)] = 400
    """For how many days usage is kept; checks look back 400 at the most."""
    max_body_bytes: Size = 32 * 1024 * 1024
    """Of one request."""


def registry_options(section: RegistrySection) -> RegistryOptions:
    """The registry as its room takes it."""
    secret = section.signing.secret
    return RegistryOptions(
        database_url=DEFAULT_DATABASE if section.database is None else section.database.get_secret_value(),
        path=section.path.rstrip("/"),
        private_keys=section.signing.private_keys,
        secret=None if secret is None else secret.get_secret_value().encode(),
        redis_url=None if section.redis is None else section.redis.url.get_secret_value(),
        usage_days=section.usage_days,
        max_body_bytes=section.max_body_bytes,
    )
