"""What the operator may set about answering requests; ``config`` fills these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.engine.caches import CAPACITY, MAX_BYTES
from router.engine.error_exposure import ErrorExposure, exposure
from router.engine.header_rules import HeaderOptions
from router.engine.override_labels import OverrideOptions
from router.engine.response_headers import ResponseHeaderOptions
from router.engine.subscription_options import SubscriptionOptions
from router.guards.access import AccessOptions
from router.guards.cost import DemandOptions
from router.guards.introspection import IntrospectionRule
from router.guards.jwt import JwtOptions
from router.guards.limits import LimitOptions
from router.guards.manifest_sources import TrustedOptions
from router.guards.persisted import PersistedQueryOptions
from router.guards.rate_limit import RateLimitOptions
from router.registry.usage.sender import UsageOptions
from router.transport.options import HttpOptions, StreamOptions
from router.transport.resilience.options import ResilienceOptions


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Of one router; the same for every snapshot."""

    headers: HeaderOptions = field(default_factory=HeaderOptions)
    response_headers: ResponseHeaderOptions = field(default_factory=ResponseHeaderOptions)
    """Empty: no header of a subgraph's answer reaches a client."""
    jwt: JwtOptions | None = None
    """None: every caller is anonymous."""
    access: AccessOptions = field(default_factory=AccessOptions)
    """How ``@authenticated``, ``@requiresScopes`` and ``@policy`` are applied."""
    rate_limits: RateLimitOptions | None = None
    """How often callers may ask; None: as often as they like."""
    demand: DemandOptions | None = None
    """How much an operation may cost; None: nothing is weighed."""
    subgraph_urls: Mapping[str, str] = field(default_factory=dict)
    """By subgraph name; instead of the URLs that the supergraph has."""
    named_subgraphs: tuple[tuple[str, str], ...] = ()
    """Keys of the configuration that are for one subgraph, and its name: who is unknown is told of in the log."""
    request_timeout_s: float = 60.0
    """For a client's whole request; a part that is not there by then is a time-out error in the answer."""
    subgraph_timeout_s: float = 30.0
    subgraph_timeouts_s: Mapping[str, float] = field(default_factory=dict)
    """By subgraph name; instead of ``subgraph_timeout_s``."""
    shows_subgraph_errors: bool | ErrorExposure = False
    """Whether clients may read subgraphs' messages and extensions; codes are always shown."""
    subgraph_errors: Mapping[str, bool | ErrorExposure] = field(default_factory=dict)
    """By subgraph name; instead of ``shows_subgraph_errors``."""
    allows_introspection: bool = True
    introspection: IntrospectionRule | None = None
    """Who may introspect, where it is allowed; None: everyone."""
    hides_suggestions: bool = True
    """Leaves names that a client did not know out of validation errors."""
    exposes_query_plan: bool = False
    """Whether ``olympus-include-query-plan: true`` and ``olympus-include-timing: true`` add to ``extensions``."""
    explain: IntrospectionRule | None = None
    """Who may see these, where they are exposed; None: everyone."""
    subgraph_http: HttpOptions = field(default_factory=HttpOptions)
    subgraph_http_of: Mapping[str, HttpOptions] = field(default_factory=dict)
    """By subgraph name; instead of ``subgraph_http``."""
    resilience: ResilienceOptions = field(default_factory=ResilienceOptions)
    """Of the router's own client of subgraphs."""
    subgraph_streams: StreamOptions = field(default_factory=StreamOptions)
    """How subgraphs are asked for subscriptions."""
    shares_in_flight: bool = True
    """Whether identical queries to a subgraph, under way at the same time, are sent once."""
    joins_entity_requests: bool = False
    """Whether entity requests of one tick that ask a subgraph the same about other entities become one."""
    subgraph_joins_entity_requests: Mapping[str, bool] = field(default_factory=dict)
    """By subgraph name; instead of ``joins_entity_requests``."""
    shares_requests: bool = False
    """Whether identical queries of clients over HTTP, under way at the same time, are executed once."""
    max_tokens: int = 15_000
    """Of one document."""
    limits: LimitOptions = field(default_factory=LimitOptions)
    """Of one operation; ``warns_only`` is for ``max_tokens`` too."""
    persisted_queries: PersistedQueryOptions | None = field(default_factory=PersistedQueryOptions)
    """Automatic persisted queries; None: not supported."""
    trusted: TrustedOptions | None = None
    """Trusted documents; None: there is no list."""
    plan_cache_capacity: int = CAPACITY
    """Operations that stay planned."""
    plan_cache_bytes: int = MAX_BYTES
    """What they may take together, as estimated."""
    max_representations: int | None = 1000
    """Of one `_entities` selection in one request to a subgraph; more go in several, side by side."""
    subgraph_max_representations: Mapping[str, int | None] = field(default_factory=dict)
    """By subgraph name; instead of ``max_representations``."""
    planning_timeout_s: float = 0.25
    """How long a better plan may be looked for; the best one found by then is taken."""
    subscriptions: SubscriptionOptions = field(default_factory=SubscriptionOptions)
    overrides: OverrideOptions = field(default_factory=OverrideOptions)
    usage: UsageOptions | None = None
    """Where usage is reported to; None: nowhere."""
    names_operations: bool = False
    """Whether each operation gets its hash: for logs, metrics and traces; reporting usage does so anyway."""
    owns_process: bool = False
    """Whether collector and thread switching may be tuned for serving; not where the engine is a guest."""

    def exposure_of(self, subgraph: str) -> ErrorExposure:
        """Give what clients may read of this subgraph's errors."""
        return exposure(self.subgraph_errors.get(subgraph, self.shows_subgraph_errors))
