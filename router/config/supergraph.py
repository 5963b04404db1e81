"""``supergraph``: where it comes from, and where it is served."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from router.config.planning import QueryPlanningSection
from router.config.values import (
    HeaderName,
    HttpUrl,
    RedisUrl,
    Seconds,
    SecondsOrNone,
    Secret,
    Section,
    UrlPath,
)
from router.guards.introspection import IntrospectionRule
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


Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]


class FollowRedis(Section):
    """``supergraph.registry.redis``: the broker that the registry tells of releases."""

    url: RedisUrl
    """``redis://``, ``rediss://`` or ``unix://``."""


class FollowSection(Section):
    """``supergraph.registry``: a variant of a schema registry, followed; each release is verified by its signature."""

    url: HttpUrl
    """Of the registry, with its path: `https://registry.example/registry`."""
    graph: Name
    """Which graph is served."""
    variant: Name = "production"
    """Which of its variants."""
    token: Secret
    """With the scope read on the graph."""
    public_key: str | None = None
    """As `olympus registry key show` prints it; this or ``secret``."""
    secret: Annotated[Secret, Field(min_length=32)] | None = None
    """The registry's ``registry.signing.secret``."""
    last_good: Path | None = None
    """Where the last good release is kept, so that the router starts without the registry; left out, the file
    `.olympus/GRAPH@VARIANT.json` in the working folder."""
    timeout: Seconds = 30.0
    """For one answer, besides the half minute that the registry is asked to wait for news."""
    redis: FollowRedis | None = None
    """None: the registry is asked to wait for news, which come at once."""
    poll_interval: Seconds = 10.0
    """Where Redis tells of releases: how often to look all the same."""

    @model_validator(mode="after")
    def _has_one_key(self) -> FollowSection:
        if (self.public_key is None) == (self.secret is None):
            raise ValueError("give public_key or secret, one of them")
        return self


class IntrospectionSection(Section):
    """``supergraph.introspection``: who may ask for the schema; the secret or the claim is enough."""

    header: HeaderName | None = None
    """A header whose value is ``secret``."""
    secret: Secret | None = None
    """What the header must say."""
    claim: str | None = None
    """A claim of the caller's token."""
    values: tuple[str, ...] = ()
    """One of them must be the claim, or in it."""

    @model_validator(mode="after")
    def _is_whole(self) -> IntrospectionSection:
        secret = "" if self.secret is None else self.secret.get_secret_value()
        if (self.header is None) == bool(secret) or (self.claim is None) == bool(self.values):
            raise ValueError("header goes with secret, and claim with values")
        if self.header is None and self.claim is None:
            raise ValueError("give header and secret, or claim and values")
        return self


def introspection_rule(section: bool | IntrospectionSection) -> IntrospectionRule | None:  # the key's value
    """None: whether it is on is the same for everyone."""
    if isinstance(section, bool):
        return None
    return IntrospectionRule(
        None if section.header is None else section.header.encode(),
        b"" if section.secret is None else section.secret.get_secret_value().encode(),
        section.claim,
        frozenset(section.values),
    )


class SupergraphSection(Section):
    """``supergraph``: where it comes from, and where it is served."""

    file: Path | None = None
    """A composed supergraph; watched."""
    subgraphs: Path | None = None
    """A ``supergraph.yaml``, or a folder of subgraph SDLs, to compose; watched with the files it names."""
    remote: RemoteSection | None = None
    registry: FollowSection | None = None
    listen: Annotated[str, Field(pattern=r"^((\[[0-9A-Fa-f:]+\]|[^:/\s]+):\d{1,5}|unix:///[^/\s]\S*)$")] = (
        "127.0.0.1:4000"
    )
    """``host:port``, an IPv6 address in brackets, or ``unix:///path/of.sock``; ``--host`` and ``--port`` go before."""
    path: UrlPath = "/graphql"
    """Where GraphQL is served, by HTTP and WebSocket."""
    introspection: bool | IntrospectionSection = True
    """Whether clients may ask ``__schema`` and ``__type``, or who may; ``__typename`` always works."""
    query_planning: QueryPlanningSection = QueryPlanningSection()
    connection_shutdown_timeout: Seconds = 30.0
    """How long requests under way may take to end after SIGTERM; subscriptions are ended at once, with a word why."""
    shutdown_delay: SecondsOrNone = 0.0
    """How long connections are still taken after SIGTERM, while ``/health/ready`` says no."""

    @model_validator(mode="after")
    def _has_one_source(self) -> SupergraphSection:
        if sum(source is not None for source in (self.file, self.subgraphs, self.remote, self.registry)) > 1:
            raise ValueError("give file, subgraphs, remote or registry, one of them")
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
