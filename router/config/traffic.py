"""``traffic_shaping``: how long things may take, and what is shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from router.config.resilience import AllResilience, SubgraphResilience, subgraph_policy
from router.config.subgraph_tls import TlsSubgraphSection
from router.config.values import Limit, Seconds, Section, Size
from router.server.overload import OverloadOptions
from router.transport.options import Codings, HttpOptions
from router.transport.resilience.options import ResilienceOptions
from router.transport.tls import TlsFiles

Coding: TypeAlias = Literal["gzip", "br", "zstd", "deflate", "identity"]


class SubgraphShaping(SubgraphResilience):
    """``traffic_shaping.subgraphs.NAME``."""

    timeout: Seconds | None = None
    """For one request to this subgraph, instead of the one for all."""
    connect_timeout: Seconds | None = None
    """Instead of the one for all."""
    max_connections: Annotated[int, Field(gt=0)] | None = None
    """Instead of the one for all."""
    max_connection_age: Seconds | None = None
    """``null``, said here, lifts what ``all`` says."""
    max_response_size: Size | None = None
    """Instead of the one for all."""
    compression: Coding | None = None
    """Instead of the one for all."""
    accept_encoding: tuple[Coding, ...] | None = None
    """Instead of the one for all."""
    max_representations: Limit = None
    """``null``, said here, lifts what ``all`` says."""
    join_entity_requests: bool | None = None
    """Instead of the one for all."""


class AllShaping(AllResilience):
    """``traffic_shaping.all``: of requests to any subgraph."""

    timeout: Seconds = 30.0
    """For one request to a subgraph, connecting included."""
    connect_timeout: Seconds = 5.0
    """For name resolution, TCP and TLS together."""
    max_connections: Annotated[int, Field(gt=0)] = 128
    """Of one worker to one host; requests beyond wait in order of arrival."""
    max_connection_age: Seconds | None = 300.0
    """A connection is used no longer than this, so that names are resolved again; null: for ever."""
    max_response_size: Size = 64 * 1024 * 1024
    """Of an answer, decompressed; more is an error, and not read."""
    compression: Coding = "identity"
    """Of every request's body; the subgraph must understand it."""
    accept_encoding: tuple[Coding, ...] = ()
    """What answers may be compressed with; whatever a subgraph sends is understood."""
    deduplicate_query: bool = True
    """Identical queries to one subgraph that are under way at the same time are sent once."""
    max_representations: Limit = 1000
    """Entities of one kind in one request to a subgraph; more are asked for in several requests, side by side."""
    join_entity_requests: bool = False
    """Entity requests of several clients' requests that are due at the same moment and differ in nothing but the
    entities, forwarded headers included, are sent as one.  Fewer requests for subgraphs whose requests are dear; costs
    the router a little where nothing can be joined, and a client's answer waits for the others' entities too."""


class DedupeSection(Section):
    """``traffic_shaping.router.dedupe``: one execution for identical requests of clients."""

    enabled: bool = False
    """Identical queries of clients that are under way at the same time are executed once.  Identical are text,
    operation name, variables, token, and the headers that cross to subgraphs."""


class RouterShaping(Section):
    """``traffic_shaping.router``: of a client's whole request."""

    timeout: Seconds = 60.0
    """A part that is not there by then is a time-out error in the answer."""
    concurrency_limit: Annotated[int, Field(gt=0)] | None = None
    """Operations that one worker answers at the same time, subscriptions that go on aside; null: as many as come."""
    queue_limit: Annotated[int, Field(ge=0)] = 100
    """Requests that may wait for their turn; those beyond get 503."""
    queue_timeout: Seconds = 5.0
    """How long one may wait; then it gets 503 as well."""
    dedupe: DedupeSection = DedupeSection()


class TrafficShapingSection(Section):
    """``traffic_shaping``: how long things may take, and what is shared."""

    router: RouterShaping = RouterShaping()
    all: AllShaping = AllShaping()
    subgraphs: dict[str, SubgraphShaping] = Field(default_factory=dict)
    """By subgraph, before ``all``."""


def http_options(
    shaping: TrafficShapingSection, tls: TlsSubgraphSection
) -> tuple[HttpOptions, dict[str, HttpOptions]]:
    """What the client of all subgraphs is told, and those of subgraphs that differ from it."""
    of_all = _http_options(shaping.all, SubgraphShaping(), tls.of(""))
    names = dict.fromkeys((*shaping.subgraphs, *tls.subgraphs))
    of_some = {
        name: _http_options(shaping.all, shaping.subgraphs.get(name, SubgraphShaping()), tls.of(name))
        for name in names
    }
    return of_all, {name: options for name, options in of_some.items() if options != of_all}


def _http_options(of_all: AllShaping, one: SubgraphShaping, tls: TlsFiles | None) -> HttpOptions:
    lives_s = (
        one.max_connection_age if "max_connection_age" in one.model_fields_set else of_all.max_connection_age
    )
    return HttpOptions(
        max_connections=one.max_connections or of_all.max_connections,
        connect_timeout_s=one.connect_timeout or of_all.connect_timeout,
        max_response_bytes=one.max_response_size or of_all.max_response_size,
        max_age_s=lives_s,
        codings=_codings(
            of_all.compression if one.compression is None else one.compression,
            of_all.accept_encoding if one.accept_encoding is None else one.accept_encoding,
        ),
        tls=tls,
    )


def _codings(compression: Coding, accepted: Sequence[Coding]) -> Codings:
    return Codings(
        None if compression == "identity" else compression.encode(), ", ".join(accepted).encode("ascii")
    )


def overload_options(section: RouterShaping) -> OverloadOptions | None:
    """None when there is no limit."""
    if section.concurrency_limit is None:
        return None
    return OverloadOptions(section.concurrency_limit, section.queue_limit, section.queue_timeout)


def resilience_options(shaping: TrafficShapingSection) -> ResilienceOptions:
    """What the router does about subgraphs that fail."""
    return ResilienceOptions(
        subgraph_policy(shaping.all),
        {name: subgraph_policy(shaping.all, one) for name, one in shaping.subgraphs.items()},
    )
