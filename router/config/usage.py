"""``usage_reporting``: which operations which clients send, for the registry's checks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.problem import ConfigError, Problem
from router.config.supergraph import FollowSection
from router.config.values import HeaderName, HttpUrl, Seconds, Secret, Section
from router.registry.usage.recorder import MAX_COUNTS
from router.registry.usage.sender import UsageOptions

Name = Annotated[str, Field(min_length=1)]


class UsageReportingSection(Section):
    """``usage_reporting``: off unless ``enabled``; no value of a client is ever sent."""

    enabled: bool = False
    url: HttpUrl | None = None
    """Of the registry, with its path; left out, with what is below, that of ``supergraph.registry``."""
    graph: Name | None = None
    """Whose usage it is."""
    variant: Name | None = None
    """Which of its variants the router serves."""
    token: Secret | None = None
    """A token of the registry with the scope read on the graph."""
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


def usage_options(section: UsageReportingSection, followed: FollowSection | None) -> UsageOptions | None:
    """Where usage is reported; None when it is off.  ``followed``: what the router serves.

    Raises: ConfigError where nothing says where.
    """
    if not section.enabled:
        return None
    url, graph, variant, token = section.url, section.graph, section.variant, section.token
    if followed is not None:
        # A token is for its own registry.
        token = token or (followed.token if url in {None, followed.url} else None)
        url, graph, variant = url or followed.url, graph or followed.graph, variant or followed.variant
    if url is None or graph is None:
        raise ConfigError(
            Problem("give url and graph, or follow a registry: supergraph.registry", key="usage_reporting")
        )
    return UsageOptions(
        url=url,
        graph=graph,
        variant=variant or "production",
        token=None if token is None else token.get_secret_value(),
        interval_s=section.interval,
        timeout_s=section.timeout,
        max_counts=section.max_counts,
        name_headers=tuple(name.encode() for name in section.client_name_headers),
        version_headers=tuple(name.encode() for name in section.client_version_headers),
        excluded_operations=frozenset(section.exclude_operations),
    )
