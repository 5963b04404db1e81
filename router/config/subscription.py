"""``subscription``: what goes on."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from router.config.subgraph_tls import TlsSubgraphSection
from router.config.values import Limit, RedisUrl, Seconds, Section, UrlPath
from router.engine.subscriber import Overflow
from router.engine.subscription_options import EventOptions, SubscriptionOptions
from router.server.event_options import EventPublishOptions
from router.transport.options import StreamChoice, StreamOptions, StreamProtocol
from router.transport.tls import TlsFiles


class DeduplicationSection(Section):
    """``subscription.deduplication``."""

    enabled: bool = True
    """Clients that ask the same, with the same forwarded headers, share one source stream and one completion."""


class ReconnectSection(Section):
    """``subscription.reconnect``: of a source stream that was open and broke."""

    max_attempts: Annotated[int, Field(ge=0)] = 5
    """In a row.  0: clients are told of the end at once."""
    first_delay: Seconds = 0.5
    """Doubles with each attempt, and varies by half."""
    max_delay: Seconds = 15.0
    """A source that lived longer than this has all its attempts again."""


class ClientSocketsSection(Section):
    """``subscription.websocket``: of clients' sockets."""

    init_timeout: Seconds = 10.0
    """From a socket's upgrade to its ``connection_init``."""
    keep_alive: Seconds = 10.0
    """Between pings; a client that answers none in as long again is gone."""
    max_operations: Annotated[int, Field(gt=0)] = 200
    """Under way at the same time on one socket."""
    max_connections_per_client: Limit = None
    """Of one token's subject, else of one address; null: as many as it likes."""


class HeartbeatSection(Section):
    """``subscription.heartbeat``: on streams over HTTP that have nothing to say."""

    sse: Seconds = 12.0
    """Between comments."""
    multipart: Seconds = 5.0
    """Between empty parts."""


def _real_name(value: Any) -> Any:
    real = _SWAPPED.get(value) if isinstance(value, str) else None
    if real is not None:
        raise ValueError(
            f"{value} means {real} in Apollo Router's files, names here are those on the wire: write {real},"
            f" or {value.replace('_', '-')} if that is what the subgraph speaks"
        )
    return value


_SWAPPED: Final = {"graphql_ws": "graphql-transport-ws", "graphql_transport_ws": "graphql-ws"}

SourceProtocol: TypeAlias = Annotated[
    Literal["graphql-transport-ws", "graphql-ws", "sse", "multipart"], BeforeValidator(_real_name)
]


class SubgraphPassthrough(Section):
    """``subscription.mode.passthrough.subgraphs.NAME``."""

    protocol: SourceProtocol | None = None
    """Instead of the one for all."""
    path: UrlPath | None = None
    """Instead of the one for all."""
    heartbeat_interval: Seconds | None = None
    """Instead of the one for all."""


class AllPassthrough(Section):
    """``subscription.mode.passthrough.all``: how any subgraph is asked for subscriptions."""

    protocol: SourceProtocol = "graphql-transport-ws"
    """``graphql-transport-ws`` (what the library graphql-ws speaks), ``graphql-ws`` (the legacy sub-protocol of
    subscriptions-transport-ws), ``sse`` (server-sent events) or ``multipart`` (Apollo's, over HTTP)."""
    path: UrlPath | None = None
    """Of subscriptions, instead of the path in the subgraph's URL."""
    heartbeat_interval: Seconds | None = None
    """Over a WebSocket: between the router's pings, 10 s where nothing is said.  Over HTTP: between the heartbeats that
    the subgraph sends; a stream that misses three is broken, and where nothing is said it may be silent for ever."""


class PassthroughSection(Section):
    """``subscription.mode.passthrough``: the router holds a stream of the subgraph's."""

    all: AllPassthrough = AllPassthrough()
    subgraphs: dict[str, SubgraphPassthrough] = Field(default_factory=dict)
    """By subgraph, before ``all``."""


class ModeSection(Section):
    """``subscription.mode``: how subgraphs are asked."""

    passthrough: PassthroughSection = PassthroughSection()


class EventsRedis(Section):
    """``subscription.events.redis``: channels are those of Redis pub/sub."""

    url: RedisUrl
    """``redis://``, ``rediss://`` or ``unix://``."""


class EventsPublish(Section):
    """``subscription.events.publish``: services publish events by an authenticated POST."""

    enabled: bool = False
    path: UrlPath = "/events"
    """Where."""
    role: Annotated[str, Field(min_length=1)] = "service"
    """Who has it may publish, on any channel."""
    roles_claim: Annotated[str, Field(min_length=1)] = "roles"
    """The claim with a publisher's roles."""
    max_bytes: Annotated[int, Field(ge=64, le=10_000_000)] = 65_536
    """Of one event with its channel."""


class EventsSection(Section):
    """``subscription.events``: fields with ``@eventSource`` are fed by channels instead of their subgraph's stream."""

    enabled: bool = False
    redis: EventsRedis | None = None
    """None: channels are within one process, and ``publish`` is how events come in."""
    publish: EventsPublish = EventsPublish()
    anonymous_claims: dict[str, str | int | bool | list[str]] = Field(default_factory=dict)
    """What ``@eventSource`` takes for the claims of callers without a token, whatever feeds the field."""


class SubscriptionSection(Section):
    """``subscription``: operations whose results go on."""

    deduplication: DeduplicationSection = DeduplicationSection()
    queue_capacity: Annotated[int, Field(gt=0)] = 128
    """Results that a client has yet to take."""
    on_overflow: Literal["end", "drop_oldest", "drop_newest", "coalesce"] = "end"
    """What a full queue does: end with SUBSCRIPTION_OVERFLOW, lose results, or keep the latest only."""
    max_opened_subscriptions: Limit = None
    """Source streams; clients that share one count once."""
    mode: ModeSection = ModeSection()
    reconnect: ReconnectSection = ReconnectSection()
    websocket: ClientSocketsSection = ClientSocketsSection()
    heartbeat: HeartbeatSection = HeartbeatSection()
    events: EventsSection = EventsSection()


def event_publish_options(section: EventsSection) -> EventPublishOptions | None:
    """How services publish events; None when they do not."""
    publish = section.publish
    if not (section.enabled and publish.enabled):
        return None
    return EventPublishOptions(publish.path, publish.role, publish.roles_claim, publish.max_bytes)


def _event_options(section: EventsSection) -> EventOptions | None:
    if not section.enabled:
        return None
    redis = section.redis
    return EventOptions(None if redis is None else redis.url.get_secret_value())


def subscription_options(section: SubscriptionSection) -> SubscriptionOptions:
    """What the engine is told."""
    return SubscriptionOptions(
        is_shared=section.deduplication.enabled,
        queue_capacity=section.queue_capacity,
        overflow=Overflow(section.on_overflow),
        max_sources=section.max_opened_subscriptions,
        reconnect_attempts=section.reconnect.max_attempts,
        reconnect_first_s=section.reconnect.first_delay,
        reconnect_most_s=section.reconnect.max_delay,
        events=_event_options(section.events),
        anonymous_claims=section.events.anonymous_claims,
    )


def stream_options(section: PassthroughSection, tls: TlsSubgraphSection) -> StreamOptions:
    """How the engine asks subgraphs."""
    names = dict.fromkeys((*section.subgraphs, *tls.subgraphs))
    return StreamOptions(
        all=_choice(section.all, SubgraphPassthrough(), tls.of("")),
        subgraphs={
            name: _choice(section.all, section.subgraphs.get(name, SubgraphPassthrough()), tls.of(name))
            for name in names
        },
    )


def _choice(of_all: AllPassthrough, one: SubgraphPassthrough, tls: TlsFiles | None) -> StreamChoice:
    return StreamChoice(
        StreamProtocol(one.protocol or of_all.protocol),
        one.path or of_all.path,
        one.heartbeat_interval or of_all.heartbeat_interval,
        tls,
    )
