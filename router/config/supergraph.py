"""``supergraph``: where it comes from, and where it is served."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from router.config.planning import QueryPlanningSection
from router.config.values import HttpUrl, Seconds, SecondsOrNone, Secret, Section, UrlPath
from router.registry.remote import RemoteOptions


class RemoteSection(Section):
    """``supergraph.remote``: a composed supergraph at a URL, asked for again and again."""

    url: HttpUrl
    """Asked with ``if-none-match`` and ``if-modified-since``; redirects are not followed."""
    poll_interval: Seconds = 10.0
    """Give or take a tenth, so that many routers do not ask at once; after failures up to five minutes."""
    timeout: Seconds = 30.0
    """For one whole answer."""
    token: Secret | None = None
    """Sent as ``authorization: Bearer …``."""
    last_good: Path | None = None
    """Where the last good supergraph is kept, so that the router starts without the URL."""


class SupergraphSection(Section):
    """``supergraph``: where it comes from, and where it is served."""

    file: Path | None = None
    """A composed supergraph; watched."""
    subgraphs: Path | None = None
    """A ``supergraph.yaml``, or a folder of subgraph SDLs, to compose; watched with the files it names."""
    remote: RemoteSection | None = None
    listen: Annotated[str, Field(pattern=r"^((\[[0-9A-Fa-f:]+\]|[^:/\s]+):\d{1,5}|unix:///[^/\s]\S*)$")] = (
        "127.0.0.1:4000"
    )
    """``host:port``, an IPv6 address in brackets, or ``unix:///path/of.sock``; ``--host`` and ``--port`` go before."""
    path: UrlPath = "/graphql"
    """Where GraphQL is served, by HTTP and WebSocket."""
    introspection: bool = True
    """Whether clients may ask ``__schema`` and ``__type``; ``__typename`` always works."""
    query_planning: QueryPlanningSection = QueryPlanningSection()
    connection_shutdown_timeout: Seconds = 30.0
    """How long requests and subscriptions under way may take to end after SIGTERM."""
    shutdown_delay: SecondsOrNone = 0.0
    """How long connections are still taken after SIGTERM, while ``/health/ready`` says no."""

    @model_validator(mode="after")
    def _has_one_source(self) -> SupergraphSection:
        if sum(source is not None for source in (self.file, self.subgraphs, self.remote)) > 1:
            raise ValueError("give file, subgraphs or remote, one of them")
        return self


def remote_options(section: RemoteSection) -> RemoteOptions:
    """The remote source as the registry takes it."""
    return RemoteOptions(
        section.url,
        section.poll_interval,
        section.timeout,
        None if section.token is None else section.token.get_secret_value(),
        section.last_good,
    )
