"""What ``olympus.yaml`` may say: Apollo Router's words, ``all`` and ``subgraphs.NAME`` where it makes sense."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?")
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def _seconds(value: Any) -> Any:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if isinstance(value, str) and match is None:
        raise ValueError("a duration is written like 500ms, 30s or 2m")
    return value if match is None else float(match[1]) * _UNIT_S[match[2]]


def _pattern(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return re.compile(value, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("not a header name")
    return value.lower()


def _header_value(value: str) -> str:
    if not value.isprintable():
        raise ValueError("a header value must be printable text on one line")
    return value


def _http_url(value: str) -> str:
    if not re.match(r"https?://[^/?#\s]", value):
        raise ValueError("must be an http:// or https:// URL")
    return value


def _graphql_path(value: str) -> str:
    if not re.fullmatch(r"/[A-Za-z0-9_\-./]*", value):
        raise ValueError("a path begins with / and has letters, digits, - _ . and / only")
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0, le=86_400)]
Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Limit = Annotated[int, Field(gt=0)] | None


class Section(BaseModel):
    """A part of the file; a key it does not have is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SupergraphSection(Section):
    """``supergraph``: where it comes from, and where it is served."""

    file: Path | None = None
    """A composed supergraph; watched."""
    subgraphs: Path | None = None
    """A ``supergraph.yaml`` to compose; watched with the files it names."""
    listen: Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[^:\s]+):\d{1,5}$")] = "127.0.0.1:4000"
    path: Annotated[str, AfterValidator(_graphql_path)] = "/graphql"
    introspection: bool = True

    @model_validator(mode="after")
    def _has_one_source(self) -> SupergraphSection:
        if self.file is not None and self.subgraphs is not None:
            raise ValueError("give file or subgraphs, not both")
        return self


class Propagate(Section):
    """``propagate``: a header of the caller goes on to the subgraph."""

    named: HeaderName | None = None
    matching: Pattern | None = None
    rename: HeaderName | None = None
    default: HeaderValue | None = None

    @model_validator(mode="after")
    def _is_named_or_matching(self) -> Propagate:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give named or matching, one of them")
        if self.matching is not None and (self.rename is not None or self.default is not None):
            raise ValueError("rename and default go with named, not with matching")
        return self


class InsertRule(Section):
    """``insert``: a header of the router's own, a fixed value or a claim of the caller's token."""

    name: HeaderName
    value: HeaderValue | None = None
    from_claim: str | None = None
    default: HeaderValue | None = None
    """Sent for callers without a token."""

    @model_validator(mode="after")
    def _has_one_value(self) -> InsertRule:
        if (self.value is None) == (self.from_claim is None):
            raise ValueError("give value or from_claim, one of them")
        if self.value is not None and self.default is not None:
            raise ValueError("default goes with from_claim, not with value")
        return self


class RemoveRule(Section):
    """``remove``: takes away what rules before it set."""

    named: HeaderName | None = None
    matching: Pattern | None = None

    @model_validator(mode="after")
    def _is_named_or_matching(self) -> RemoveRule:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give named or matching, one of them")
        return self


class HeaderRuleItem(Section):
    """One rule."""

    propagate: Propagate | None = None
    insert: InsertRule | None = None
    remove: RemoveRule | None = None

    @model_validator(mode="after")
    def _is_one_rule(self) -> HeaderRuleItem:
        if sum(rule is not None for rule in (self.propagate, self.insert, self.remove)) != 1:
            raise ValueError("a rule is one of propagate, insert and remove")
        return self


class HeaderRulesSection(Section):
    """The rules of all subgraphs or of one."""

    request: tuple[HeaderRuleItem, ...] = ()


class HeadersSection(Section):
    """``headers``: what crosses to subgraphs; nothing else does."""

    all: HeaderRulesSection = HeaderRulesSection()
    subgraphs: dict[str, HeaderRulesSection] = {}


class SubgraphShaping(Section):
    """``traffic_shaping.subgraphs.NAME``."""

    timeout: Seconds | None = None


class AllShaping(Section):
    """``traffic_shaping.all``."""

    timeout: Seconds = 30.0
    deduplicate_query: bool = True
    """Identical queries to one subgraph that are under way at the same time are sent once."""


class DedupeSection(Section):
    """``traffic_shaping.router.dedupe``."""

    enabled: bool = False
    """Identical queries of clients that are under way at the same time are executed once.  Identical are text,
    operation name, variables, token, and the headers that cross to subgraphs."""


class RouterShaping(Section):
    """``traffic_shaping.router``: of a client's whole request."""

    timeout: Seconds = 60.0
    dedupe: DedupeSection = DedupeSection()


class TrafficShapingSection(Section):
    """``traffic_shaping``."""

    router: RouterShaping = RouterShaping()
    all: AllShaping = AllShaping()
    subgraphs: dict[str, SubgraphShaping] = {}


class KeySource(Section):
    """One entry of ``authentication.router.jwt.jwks``: a key set in a file, or a shared secret."""

    url: Annotated[str, Field(pattern=r"^file://")] | None = None
    secret: str | None = Field(default=None, repr=False)
    algorithms: tuple[str, ...] = ()
    issuer: str | None = None
    audiences: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_one_source(self) -> KeySource:
        if (self.url is None) == (self.secret is None):
            raise ValueError("give url (file://…) or secret, one of them")
        return self


class JwtSection(Section):
    """``authentication.router.jwt``."""

    jwks: Annotated[tuple[KeySource, ...], Field(min_length=1)]
    header_name: HeaderName = "authorization"
    header_value_prefix: str = "Bearer"


class RouterAuthentication(Section):
    """``authentication.router``."""

    jwt: JwtSection | None = None


class AuthenticationSection(Section):
    """``authentication``: how callers prove who they are."""

    router: RouterAuthentication = RouterAuthentication()


class AuthorizationSection(Section):
    """``authorization``."""

    require_authentication: bool = False


class StickyBy(Section):
    """``override_labels.sticky_by``: what makes a caller the same caller."""

    header: HeaderName | None = None
    claim: str | None = None

    @model_validator(mode="after")
    def _has_one(self) -> StickyBy:
        if (self.header is None) == (self.claim is None):
            raise ValueError("give header or claim, one of them")
        return self


class OverrideLabelsSection(Section):
    """``override_labels``: which labels of progressive overrides are on."""

    labels: dict[str, bool] = {}
    """``percent(n)`` labels need no entry: they are on for that share of callers."""
    sticky_by: StickyBy | None = None
    function: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] | None = None
    """``module:function(label, headers, claims) -> bool | None``."""


class SubgraphErrorsSection(Section):
    """``include_subgraph_errors``: whose messages clients may read; codes are always shown."""

    all: bool = False
    subgraphs: dict[str, bool] = {}


class PlaygroundSection(Section):
    """``playground``: GraphiQL at ``/``."""

    enabled: bool = False


class CorsPolicy(Section):
    """Which pages of other origins may ask, and how."""

    origins: tuple[str, ...] = ()
    match_origins: tuple[Pattern, ...] = ()
    allow_credentials: bool = False
    allow_headers: tuple[HeaderName, ...] = ()
    """Empty: whatever the page asks for."""
    expose_headers: tuple[HeaderName, ...] = ()
    max_age: Seconds | None = None

    @model_validator(mode="after")
    def _is_safe(self) -> CorsPolicy:
        if "*" in self.origins and self.allow_credentials:
            raise ValueError("allow_credentials needs origins by name, not *")
        return self


class CorsSection(Section):
    """``cors``: the first policy that has the origin decides; none: no other origin may ask."""

    policies: tuple[CorsPolicy, ...] = ()


class LimitsSection(Section):
    """``limits``: above one, a request is refused.  ``null`` lifts a limit of an operation.

    What each counts is told by the file of its name in ``router/guards``.
    """

    http_max_request_bytes: Annotated[int, Field(gt=0)] = 2_000_000
    http1_max_request_buf_size: Annotated[int, Field(ge=1024)] = 65_536
    """Bytes of a request's line and headers."""
    parser_max_tokens: Annotated[int, Field(gt=0)] = 15_000
    max_depth: Limit = 100
    max_height: Limit = 2_000
    max_aliases: Limit = 500
    max_root_fields: Limit = 200
    max_directives: Limit = 500
    max_total_fields: Limit = 5_000
    max_list_items: Limit = 10_000
    max_complexity: Limit = 300
    warn_only: bool = False
    """An operation above a limit runs and is logged.  Sizes in bytes are never exceeded."""


class BatchingSection(Section):
    """``batching``: several requests in one body, as a JSON array."""

    enabled: bool = False
    maximum_size: Annotated[int, Field(gt=0, le=1000)] = 10


class ApqRedis(Section):
    """``apq.redis``."""

    url: Annotated[str, Field(pattern=r"^(rediss?|unix)://")] = Field(repr=False)


class ApqSection(Section):
    """``apq``: automatic persisted queries, kept in this process, and in Redis where its URL is given."""

    enabled: bool = True
    capacity: Annotated[int, Field(gt=0)] = 512
    redis: ApqRedis | None = None


class LogSection(Section):
    """``log``."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class RouterConfig(Section):
    """The whole file."""

    supergraph: SupergraphSection = SupergraphSection()
    headers: HeadersSection = HeadersSection()
    override_subgraph_url: dict[str, HttpUrl] = {}
    traffic_shaping: TrafficShapingSection = TrafficShapingSection()
    authentication: AuthenticationSection = AuthenticationSection()
    authorization: AuthorizationSection = AuthorizationSection()
    include_subgraph_errors: SubgraphErrorsSection = SubgraphErrorsSection()
    override_labels: OverrideLabelsSection = OverrideLabelsSection()
    playground: PlaygroundSection = PlaygroundSection()
    cors: CorsSection = CorsSection()
    batching: BatchingSection = BatchingSection()
    apq: ApqSection = ApqSection()
    limits: LimitsSection = LimitsSection()
    log: LogSection = LogSection()
