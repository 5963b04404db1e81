"""What ``olympus.yaml`` may say: Apollo Router's words, ``all`` and ``subgraphs.NAME`` where it makes sense."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.config.authentication import AuthenticationSection
from router.config.authorization import AuthorizationSection
from router.config.compression import CompressionSection
from router.config.cross_origin import CorsSection
from router.config.demand_control import DemandControlSection
from router.config.documents import ApqSection, PersistedQueriesSection
from router.config.edge import HealthCheckSection, HomepageSection, ServerSection, TlsSection
from router.config.headers import HeadersSection
from router.config.limits import LimitsSection
from router.config.overrides import OverrideLabelsSection
from router.config.playground import PlaygroundSection
from router.config.rate_limit import RateLimitSection
from router.config.realtime import RealtimeSection
from router.config.registry import RegistrySection
from router.config.subgraph_errors import SubgraphErrorsSection
from router.config.subscription import SubscriptionSection
from router.config.supergraph import SupergraphSection
from router.config.telemetry import TelemetrySection
from router.config.traffic import TrafficShapingSection
from router.config.uploads import FileUploadsSection
from router.config.usage import UsageReportingSection
from router.config.values import Section, SubgraphUrl


class BatchingSection(Section):
    """``batching``: several requests in one body, as a JSON array."""

    enabled: bool = False
    """Off: an array is refused."""
    maximum_size: Annotated[int, Field(gt=0, le=1000)] = 10
    """Requests in one array; more are refused."""


class LogSection(Section):
    """``log``: what is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """From which level on lines are written; ``--log-level`` goes before."""
    format: Literal["auto", "json", "text"] = "auto"
    """For machines or for people; ``auto`` is text at a terminal and JSON elsewhere.  ``--log-format`` goes before."""


class RouterConfig(Section):
    """The whole file."""

    supergraph: SupergraphSection = SupergraphSection()
    headers: HeadersSection = HeadersSection()
    override_subgraph_url: dict[str, SubgraphUrl] = Field(default_factory=dict)
    """By subgraph: where to ask it, instead of the URL in the supergraph."""
    traffic_shaping: TrafficShapingSection = TrafficShapingSection()
    authentication: AuthenticationSection = AuthenticationSection()
    authorization: AuthorizationSection = AuthorizationSection()
    rate_limit: RateLimitSection = RateLimitSection()
    demand_control: DemandControlSection = DemandControlSection()
    include_subgraph_errors: SubgraphErrorsSection = SubgraphErrorsSection()
    override_labels: OverrideLabelsSection = OverrideLabelsSection()
    playground: PlaygroundSection = PlaygroundSection()
    cors: CorsSection = CorsSection()
    batching: BatchingSection = BatchingSection()
    file_uploads: FileUploadsSection = FileUploadsSection()
    compression: CompressionSection = CompressionSection()
    apq: ApqSection = ApqSection()
    persisted_queries: PersistedQueriesSection = PersistedQueriesSection()
    limits: LimitsSection = LimitsSection()
    subscription: SubscriptionSection = SubscriptionSection()
    realtime: RealtimeSection = RealtimeSection()
    registry: RegistrySection = RegistrySection()
    usage_reporting: UsageReportingSection = UsageReportingSection()
    server: ServerSection = ServerSection()
    tls: TlsSection = TlsSection()
    health_check: HealthCheckSection = HealthCheckSection()
    homepage: HomepageSection = HomepageSection()
    log: LogSection = LogSection()
    telemetry: TelemetrySection = TelemetrySection()

    @model_validator(mode="after")
    def _hub_knows_its_members(self) -> RouterConfig:
        events = self.subscription.events
        if events.enabled and events.publish.enabled and self.authentication.router.jwt is None:
            raise ValueError(
                "subscription.events.publish.enabled needs authentication.router.jwt: services are known by their token"
            )
        if self.realtime.enabled and self.authentication.router.jwt is None:
            raise ValueError(
                "realtime.enabled needs authentication.router.jwt: members are known by their token"
            )
        return self
