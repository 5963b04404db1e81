"""What the operator may set about the front door; ``config`` fills these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from router.realtime.options import RealtimeOptions
from router.registry.options import RegistryOptions
from router.server.cors import CorsPolicy
from router.server.event_options import EventPublishOptions
from router.server.overload import OverloadOptions
from router.server.upload_body import UploadOptions


@dataclass(frozen=True, slots=True)
class Identity:
    """Someone whom everybody may be."""

    name: str
    """As the button says."""
    token: Callable[[], str]
    """Makes a fresh one."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Of `router.server.app.create_app`."""

    graphql_path: str = "/graphql"
    max_body_bytes: int = 2_000_000
    max_batch_requests: int = 0
    """Of one JSON array; 0: arrays are refused."""
    min_compressed_bytes: int | None = 1024
    """Of an answer that is compressed when the client wants it; None: none is."""
    uploads: UploadOptions | None = None
    """Of multipart forms with files; None: they are refused."""
    has_playground: bool = False
    playground_query: str = ""
    """What the playground's editor begins with."""
    playground_operations: Path | None = None
    """A folder of ``.graphql`` files that the playground shows."""
    shows_owners: bool = False
    """Whether the playground may show which subgraphs have which field."""
    playground_identities: tuple[Identity, ...] = ()
    """Whose tokens the playground gives to whoever wants them: a demo's."""
    cors: tuple[CorsPolicy, ...] = ()
    """Empty: no page of another origin may ask."""
    init_timeout_s: float = 10.0
    """From a WebSocket's upgrade to its ``connection_init``."""
    max_operations: int = 200
    """Under way at the same time on one WebSocket."""
    max_sockets_per_client: int | None = None
    """Of one token's subject, else of one address; None: as many as it likes."""
    keep_alive_s: float = 10.0
    """Between pings on a WebSocket; a client that answers none in as long again is gone."""
    sse_heartbeat_s: float = 12.0
    """Between comments on a stream of events that has nothing to say."""
    multipart_heartbeat_s: float = 5.0
    realtime: RealtimeOptions | None = None
    """None: there is no hub."""
    events: EventPublishOptions | None = None
    """None: services publish no events here."""
    registry: RegistryOptions | None = None
    """None: there is no registry here."""
    has_homepage: bool = True
    """A page at ``/about``, and at ``/`` where nothing else is, that says what answers here and how to ask."""
    homepage_details: bool = False
    """Whether everyone may read there which subgraphs there are, how they are, and which release is served."""
    shows_sdl: bool = True
    """Whether the schema's text may be asked for there, by whoever may introspect."""
    health_path: str | None = "/health"
    """None: no health answers."""
    health_tells_reasons: bool = False
    """Whether ``/health/ready`` says in words why a reload was refused; it may name files."""
    metrics_path: str | None = None
    """Where metrics are told beside the endpoint; None: not there."""
    trace_header: tuple[bytes, str] | None = None
    """The header of each answer that has its trace's id, and the form: ``hexadecimal`` or ``decimal``."""
    overload: OverloadOptions | None = None
    """None: as many requests at a time as come."""
