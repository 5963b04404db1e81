"""``rate_limit``: how often callers may ask."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import Field, model_validator

from router.config.overrides import imported_function
from router.config.values import HeaderName, RedisUrl, Seconds, Section
from router.guards.rate_limit import KeyKind, RateLimit, RateLimitOptions


class RateStorage(Section):
    """``rate_limit.storage``: where the buckets are; in each process unless there is a URL."""

    url: RedisUrl | None = None
    """Of a Redis that all routers share."""
    prefix: Annotated[str, Field(pattern=r"^[\w:.-]+$")] = "olympus:rate"
    """Begins the names of the keys."""
    when_unavailable: Literal["allow", "refuse"] = "allow"
    """What becomes of requests while Redis is away; either is decided within 100 ms."""


class RateKey(Section):
    """``rate_limit.limits.N.key``: whose bucket a request is charged to."""

    ip: bool = False
    """The client's address; of IPv6 its /64 network."""
    header: HeaderName | None = None
    """A header's value; callers without it have one bucket together."""
    claim: str | None = None
    """A claim of the token, dots lead into it; callers without it have one bucket together."""
    function: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] | None = None
    """``module:function(headers, claims, address) -> str | None``; None is a common bucket."""

    @model_validator(mode="after")
    def _is_one(self) -> RateKey:
        if sum((self.ip, self.header is not None, self.claim is not None, self.function is not None)) > 1:
            raise ValueError("give one of ip, header, claim and function; none: one bucket for everybody")
        return self


class RateLimitEntry(Section):
    """One entry of ``rate_limit.limits``."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    """Shown to callers, and part of the buckets' keys."""
    rate: Annotated[int, Field(gt=0, le=1_000_000)]
    """Requests in ``period``."""
    period: Seconds = 1.0
    """Of ``rate``."""
    burst: Annotated[int, Field(gt=0, le=1_000_000)] | None = None
    """Requests at once; default: ``rate``."""
    key: RateKey = RateKey(ip=True)


class RateLimitSection(Section):
    """``rate_limit``: each operation is charged to a bucket of every limit, on WebSockets and in batches too."""

    enabled: bool = False
    """Nothing is counted unless true."""
    storage: RateStorage = RateStorage()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks whose ``X-Forwarded-For`` is believed; read from the right."""
    limits: tuple[RateLimitEntry, ...] = ()
    """All of them hold."""

    @model_validator(mode="after")
    def _fits(self) -> RateLimitSection:
        if self.enabled and not self.limits:
            raise ValueError("rate_limit needs limits")
        if len({limit.name for limit in self.limits}) != len(self.limits):
            raise ValueError("two limits have the same name")
        return self


def rate_limit_options(section: RateLimitSection) -> RateLimitOptions | None:
    """What the rate limiter is told; None when it is off.  Raises: ConfigError."""
    if not section.enabled:
        return None
    url = section.storage.url
    return RateLimitOptions(
        tuple(_limit(entry) for entry in section.limits),
        None if url is None else url.get_secret_value(),
        section.storage.prefix,
        section.storage.when_unavailable == "refuse",
        section.trusted_proxies,
    )


def _limit(entry: RateLimitEntry) -> RateLimit:
    key, kind, name, expression = entry.key, KeyKind.EVERYBODY, "", None
    if key.ip:
        kind = KeyKind.ADDRESS
    elif key.header is not None:
        kind, name = KeyKind.HEADER, key.header
    elif key.claim is not None:
        kind, name = KeyKind.CLAIM, key.claim
    elif key.function is not None:
        kind = KeyKind.FUNCTION
        expression = imported_function(key.function, f"rate_limit.limits ({entry.name})")
    return RateLimit(entry.name, entry.rate, entry.period, entry.burst or entry.rate, kind, name, expression)
