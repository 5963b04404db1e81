"""Has this caller asked often enough?

Several limits may hold for a request; each has a bucket per caller, told apart by address, header, claim or a
function.  A request passes all of them or is charged to none.
Spec: RFC 6585, section 4 (429); draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, TypeAlias

from router.errors import ClientError
from router.guards.buckets import (
    Bucket,
    Buckets,
    BucketsUnavailableError,
    Level,
    MemoryBuckets,
)
from router.guards.claims import Claims
from router.telemetry.logs import get_log, log_failure

_log = get_log("guards")

HeaderPairs: TypeAlias = tuple[tuple[bytes, bytes], ...]
Expression: TypeAlias = Callable[[Mapping[str, str], Mapping[str, Any], str], str | None]
"""Headers (names in lower case), claims and address; gives whose bucket it is, None for a common one."""
Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address


class KeyKind(Enum):
    """What tells callers apart."""

    EVERYBODY = "everybody"
    ADDRESS = "ip"
    HEADER = "header"
    CLAIM = "claim"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in so long, for each caller."""

    name: str
    rate: int
    period_s: float
    burst: int
    """How many may come at once.  In any time t at most ``burst + rate * t / period_s`` pass."""
    kind: KeyKind = KeyKind.ADDRESS
    key: str = ""
    """Name of the header (in lower case) or claim.  Callers without it have one bucket together."""
    expression: Expression | None = None

    @property
    def step_us(self) -> int:
        """What one request takes of a bucket."""
        return math.ceil(self.period_s * 1_000_000 / self.rate)


@dataclass(frozen=True, slots=True)
class RateLimitOptions:
    """Of `RateLimiter`; ``config`` fills these."""

    limits: tuple[RateLimit, ...]
    redis_url: str | None = field(default=None, repr=False)
    """Where all routers share their buckets; None: each process for itself."""
    prefix: str = "olympus:rate"
    refuses_unavailable: bool = False
    """Whether requests are refused while Redis is away; else they pass."""
    trusted_proxies: tuple[Network, ...] = ()
    """Whose ``X-Forwarded-For`` is believed."""


class RateLimitedError(ClientError):
    """The caller asked more often than it may.

    What to do: wait as long as ``Retry-After`` says.
    """

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, message: str, headers: HeaderPairs) -> None:
        super().__init__(message)
        self.headers = headers


class RateLimitUnavailableError(ClientError):
    """Nobody can tell whether the caller may ask, and the router is configured to refuse then."""

    code = "RATE_LIMIT_UNAVAILABLE"
    status = 503

    def __init__(self) -> None:
        super().__init__("Rate limits cannot be checked at present; try again soon.")
        self.headers = ((b"retry-after", b"1"),)


class RateLimiter:
    """Asks the buckets of every limit.  Cost: microseconds in process; one round trip with Redis."""

    def __init__(self, options: RateLimitOptions, buckets: Buckets | None = None) -> None:
        """``buckets``: instead of those that are configured."""
        self._options = options
        self._buckets = buckets or _own_buckets(options)
        self._policy = ", ".join(
            f'"{limit.name}";q={limit.rate};w={math.ceil(limit.period_s)}' for limit in options.limits
        ).encode()

    async def charge(
        self, headers: Mapping[bytes, bytes], claims: Claims | None, peer: str, weight: int = 1
    ) -> HeaderPairs:
        """Charge one request, and give the headers that tell the caller how much is left.

        ``peer``: the address the connection comes from.
        Raises: RateLimitedError, RateLimitUnavailableError.
        """
        options = self._options
        address = client_address(peer, headers.get(b"x-forwarded-for", b""), options.trusted_proxies)
        buckets = [
            Bucket(
                f"{limit.name}:{_digest(_whose(limit, headers, claims, address))}",
                limit.step_us,
                limit.step_us * limit.burst,
            )
            for limit in options.limits
        ]
        try:
            passes, levels = await self._buckets.take(buckets, weight)
        except BucketsUnavailableError:
            if options.refuses_unavailable:
                raise RateLimitUnavailableError from None
            return ()
        told = self._told(levels, passes=passes)
        if passes:
            return told
        wait_s = math.ceil(max(level.wait_us for level in levels) / 1_000_000)
        name = options.limits[_tightest(levels, passes=False)].name
        message = f'You asked too often (limit "{name}"); wait {wait_s} s.'
        raise RateLimitedError(message, (*told, (b"retry-after", b"%d" % max(wait_s, 1))))

    def continue_with(self, older: RateLimiter) -> None:
        """Go on with what callers took of an older configuration's limits, where both are of this process."""
        if isinstance(self._buckets, MemoryBuckets) and isinstance(older._buckets, MemoryBuckets):
            self._buckets.continue_with(older._buckets)

    async def close(self) -> None:
        """Close what the buckets have open."""
        await self._buckets.close()

    def _told(self, levels: Sequence[Level], *, passes: bool) -> HeaderPairs:
        index = _tightest(levels, passes=passes)
        limit, level = self._options.limits[index], levels[index]
        reset_s = math.ceil(level.full_in_us / 1_000_000)
        return (
            (b"x-ratelimit-limit", b"%d" % limit.burst),
            (b"x-ratelimit-remaining", b"%d" % level.remaining),
            (b"x-ratelimit-reset", b"%d" % reset_s),
            (b"ratelimit-policy", self._policy),
            (b"ratelimit", f'"{limit.name}";r={level.remaining};t={reset_s}'.encode()),
        )


def _own_buckets(options: RateLimitOptions) -> Buckets:
    if options.redis_url is None:
        return MemoryBuckets()
    from router.guards.redis_buckets import RedisBuckets  # noqa: PLC0415  # 160 ms that only those with Redis pay

    return RedisBuckets(options.redis_url, options.prefix)


def _tightest(levels: Sequence[Level], *, passes: bool) -> int:
    """Give the limit that matters most to the caller: the longest wait, else the least left."""
    if passes:
        return min(range(len(levels)), key=lambda index: levels[index].remaining)
    return max(range(len(levels)), key=lambda index: levels[index].wait_us)


def _whose(
    limit: RateLimit, headers: Mapping[bytes, bytes], claims: Claims | None, address: str
) -> str | None:
    match limit.kind:
        case KeyKind.ADDRESS:
            return address
        case KeyKind.HEADER:
            value = headers.get(limit.key.encode())
            return None if value is None else value.decode("latin-1")
        case KeyKind.CLAIM:
            return None if claims is None else claims.text(limit.key)
        case KeyKind.FUNCTION:
            return _expressed(limit, headers, claims, address)
        case KeyKind.EVERYBODY:
            return None


def _expressed(
    limit: RateLimit, headers: Mapping[bytes, bytes], claims: Claims | None, address: str
) -> str | None:
    if limit.expression is None:
        return None
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    try:
        return limit.expression(named, {} if claims is None else claims.values, address)
    except Exception as error:
        log_failure(
            _log, f"the function of the rate limit {limit.name} failed: the common bucket counts", error
        )
        return None


def _digest(whose: str | None) -> str:
    """Give a short name for a caller: keys do not grow with what clients send, and tell nobody's address."""
    return "-" if whose is None else hashlib.sha256(whose.encode("utf-8", "surrogatepass")).hexdigest()[:32]


_IPV6_PREFIX: Final = 64
"""What one subscriber of a network gets: addresses below are free to choose."""
_LONGEST_ADDRESS: Final = 45
"""Characters of an IPv6 address that ends as an IPv4 one."""
_REMEMBERED: Final = 4096
"""Addresses whose reading is kept: reading one of IPv6 costs fifty times as much as finding it."""


def client_address(peer: str, forwarded_for: bytes, trusted: Sequence[Network]) -> str:
    """Give the address that a request comes from; of IPv6 its /64 network.

    ``X-Forwarded-For`` is read from the right, as long as the one who added an entry is trusted: what a client
    itself writes there is further left.
    """
    address = _readable(peer)
    if address is None:
        return peer
    hops = [part.strip() for part in forwarded_for.decode("latin-1").split(",")] if forwarded_for else []
    while hops and any(address in network for network in trusted):
        before = _readable(hops.pop())
        if before is None:
            break
        address = before
    return _subscriber(address)


def _readable(text: str) -> Address | None:
    """Give the address, an IPv4 one mapped into IPv6 as itself; None for what is none."""
    bare = text.strip("[]").partition("%")[0]
    # What is longer is no address, and must not fill the memory.
    return _parsed(bare) if len(bare) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=_REMEMBERED)
def _parsed(bare: str) -> Address | None:
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


@lru_cache(maxsize=_REMEMBERED)
def _subscriber(address: Address) -> str:
    return str(ip_network((address, _IPV6_PREFIX), strict=False) if address.version == 6 else address)
