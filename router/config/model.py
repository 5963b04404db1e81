"""What ``olympus.yaml`` may say: Apollo Router's words, ``all`` and ``subgraphs.NAME`` where it makes sense."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.config.authentication import AuthenticationSection
from router.config.authorization import AuthorizationSection
from router.config.compression import CompressionSection
from router.config.cross_origin import CorsSection
from router.config.documents import ApqSection
from router.config.headers import HeadersSection
from router.config.limits import LimitsSection
from router.config.overrides import OverrideLabelsSection
from router.config.planning import QueryPlanningSection
from router.config.realtime import RealtimeSection
from router.config.subgraph_errors import SubgraphErrorsSection
from router.config.traffic import TrafficShapingSection
from router.config.values import HttpUrl, Section, UrlPath


class SupergraphSection(Section):
    """``supergraph``: where it comes from, and where it is served."""

    file: Path | None = None
    """A composed supergraph; watched."""
    subgraphs: Path | None = None
    """A ``supergraph.yaml`` to compose; watched with the files it names."""
    listen: Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[^:\s]+):\d{1,5}$")] = "127.0.0.1:4000"
    """Host and port to listen on; an IPv6 address in brackets.  ``--host`` and ``--port`` go before."""
    path: UrlPath = "/graphql"
    """Where GraphQL is served, by HTTP and WebSocket."""
    introspection: bool = True
    """Whether clients may ask ``__schema`` and ``__type``; ``__typename`` always works."""
    query_planning: QueryPlanningSection = QueryPlanningSection()

    @model_validator(mode="after")
    def _has_one_source(self) -> SupergraphSection:
        if self.file is not None and self.subgraphs is not None:
            raise ValueError("give file or subgraphs, not both")
        return self


class PlaygroundSection(Section):
    """``playground``: GraphiQL at ``/``."""

    enabled: bool = False
    """``olympus serve --dev`` turns it on too."""


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
    format: Literal["json", "text"] = "json"
    """For machines or for people; ``--log-format`` goes before."""


class RouterConfig(Section):
    """The whole file."""

    supergraph: SupergraphSection = SupergraphSection()
    headers: HeadersSection = HeadersSection()
    override_subgraph_url: dict[str, HttpUrl] = Field(default_factory=dict)
    """By subgraph: where to ask it, instead of the URL in the supergraph."""
    traffic_shaping: TrafficShapingSection = TrafficShapingSection()
    authentication: AuthenticationSection = AuthenticationSection()
    authorization: AuthorizationSection = AuthorizationSection()
    include_subgraph_errors: SubgraphErrorsSection = SubgraphErrorsSection()
    override_labels: OverrideLabelsSection = OverrideLabelsSection()
    playground: PlaygroundSection = PlaygroundSection()
    cors: CorsSection = CorsSection()
    batching: BatchingSection = BatchingSection()
    compression: CompressionSection = CompressionSection()
    apq: ApqSection = ApqSection()
    limits: LimitsSection = LimitsSection()
    realtime: RealtimeSection = RealtimeSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _hub_knows_its_members(self) -> RouterConfig:
        if self.realtime.enabled and self.authentication.router.jwt is None:
            raise ValueError(
                "realtime.enabled needs authentication.router.jwt: members are known by their token"
            )
        return self
