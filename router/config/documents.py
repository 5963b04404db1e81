"""``apq`` and ``persisted_queries``: documents that clients send by hash or id."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from router.config.overrides import imported_function
from router.config.problem import ConfigError, Problem
from router.config.values import RedisUrl, Seconds, SecretUrl, Section
from router.guards.manifest import InvalidManifestError, read_local_manifest
from router.guards.manifest_sources import TrustedOptions
from router.guards.persisted import PersistedQueryOptions
from router.guards.trusted import TrustedDocuments


class ApqRedis(Section):
    """``apq.redis``: where documents are shared."""

    url: RedisUrl
    """Where every router of the fleet keeps documents: ``redis://``, ``rediss://`` or ``unix://``."""


class ApqSection(Section):
    """``apq``: automatic persisted queries, kept in this process, and in Redis where its URL is given."""

    enabled: bool = True
    """Off: clients are told so and send the text."""
    capacity: Annotated[int, Field(gt=0)] = 512
    """Documents kept in this process; the one not asked for longest leaves first."""
    redis: ApqRedis | None = None


class DocumentsRedis(Section):
    """``persisted_queries.redis``: a manifest in Redis."""

    url: RedisUrl
    """``redis://``, ``rediss://`` or ``unix://``."""
    key: Annotated[str, Field(min_length=1)] = "olympus:documents"
    """Its value is the manifest."""


class SafelistSection(Section):
    """``persisted_queries.safelist``: nothing but trusted documents runs."""

    enabled: bool = False
    """Off: other documents run too.  On: automatic persisted queries are off."""
    require_id: bool = False
    """Trusted documents too must be asked for by id, not by their text."""

    @model_validator(mode="after")
    def _is_enabled(self) -> SafelistSection:
        if self.require_id and not self.enabled:
            raise ValueError("require_id needs enabled: true")
        return self


class PersistedQueriesSection(Section):
    """``persisted_queries``: trusted documents, by id; manifests of Apollo's and Relay's shape."""

    enabled: bool = False
    local_manifests: tuple[Path, ...] = ()
    """Manifests, and folders of manifests and ``.graphql`` files; watched."""
    url: SecretUrl | None = None
    """Where a manifest is asked for, with ``ETag``."""
    redis: DocumentsRedis | None = None
    function: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] | None = None
    """``module:function() -> manifest``, plain or ``async``."""
    poll_interval: Seconds = 60.0
    """How often everything but files is asked again."""
    safelist: SafelistSection = SafelistSection()
    log_unknown: bool = False
    """Each document that is not on the list is logged once, by its SHA-256.  Without safelist: to measure only."""

    @model_validator(mode="after")
    def _has_a_source(self) -> PersistedQueriesSection:
        if self.enabled and not (self.local_manifests or self.url or self.redis or self.function):
            raise ValueError("enabled needs a source: local_manifests, url, redis or function")
        return self


def trusted_options(section: PersistedQueriesSection) -> TrustedOptions | None:
    """None when they are off.  Raises: ConfigError for manifests that cannot be read now."""
    if not section.enabled:
        return None
    for index, path in enumerate(section.local_manifests):
        try:
            TrustedDocuments(read_local_manifest(path))
        except InvalidManifestError as error:
            raise ConfigError(Problem(str(error), key=f"persisted_queries.local_manifests.{index}")) from None
    function, redis = section.function, section.redis
    return TrustedOptions(
        paths=section.local_manifests,
        url=None if section.url is None else section.url.get_secret_value(),
        redis_url=None if redis is None else redis.url.get_secret_value(),
        redis_key="" if redis is None else redis.key,
        function=None if function is None else imported_function(function, "persisted_queries.function"),
        poll_s=section.poll_interval,
        is_safelist=section.safelist.enabled,
        requires_id=section.safelist.require_id,
        logs_unknown=section.log_unknown,
    )


def persisted_query_options(section: ApqSection) -> PersistedQueryOptions | None:
    """None when they are off."""
    if not section.enabled:
        return None
    return PersistedQueryOptions(
        section.capacity, None if section.redis is None else section.redis.url.get_secret_value()
    )
