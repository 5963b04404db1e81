"""``usage_reporting``: which operations which clients send, for the registry's checks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from router.config.values import HeaderName, HttpUrl, Seconds, Secret, Section
from router.registry.usage.recorder import MAX_COUNTS
from router.registry.usage.sender import UsageOptions

Name = Annotated[str, Field(min_length=1)]


class UsageReportingSection(Section):
    """``usage_reporting``: off unless ``enabled``; no value of a client is ever sent."""

    enabled: bool = False
    url: HttpUrl | None = None
    """Of the registry, with its path: ``https://registry.example/registry``."""
    graph: Name | None = None
    """Whose usage it is."""
    variant: Name = "production"
    """Which of its variants the router serves."""
    token: Secret | None = None
    """A token of the registry with the scope read."""
    interval: Seconds = 10.0
    """How often is reported; what is lost is at worst of one interval."""
    timeout: Seconds = 10.0
    """For one report."""
    max_counts: Annotated[int, Field(gt=0, le=20_000)] = MAX_COUNTS
    """Pairs of operation and client within an interval; requests of further ones are not counted."""
    client_name_headers: tuple[HeaderName, ...] = ("apollographql-client-name", "graphql-client-name")
    """Headers in which clients say who they are; the first that is sent counts."""
    client_version_headers: tuple[HeaderName, ...] = (
        "apollographql-client-version",
        "graphql-client-version",
    )
    """Headers in which clients say which version they are."""
    exclude_operations: tuple[Name, ...] = ()
    """Names of operations that are not reported."""

    @model_validator(mode="after")
    def _says_where(self) -> UsageReportingSection:
        if self.enabled and (self.url is None or self.graph is None):
            raise ValueError("usage_reporting needs url and graph")
        return self


def usage_options(section: UsageReportingSection) -> UsageOptions | None:
    """Where usage is reported; None when it is off."""
    if not section.enabled or section.url is None or section.graph is None:
        return None
    return UsageOptions(
        url=section.url,
        graph=section.graph,
        variant=section.variant,
        token=None if section.token is None else section.token.get_secret_value(),
        interval_s=section.interval,
        timeout_s=section.timeout,
        max_counts=section.max_counts,
        name_headers=tuple(name.encode() for name in section.client_name_headers),
        version_headers=tuple(name.encode() for name in section.client_version_headers),
        excluded_operations=frozenset(section.exclude_operations),
    )
