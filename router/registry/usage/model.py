"""What routers report: operations, and how often which client sent them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from router.language.used_operation import UsedOperation
from router.registry.errors import RegistryInvalidError

BOUNDS_MS: Final = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)
"""Upper bounds of the latency histogram; one more bucket holds what is slower."""
BUCKETS: Final = len(BOUNDS_MS) + 1
MAX_COORDINATE: Final = 512
MAX_CLIENT: Final = 128
MAX_ENTRIES: Final = 20_000
"""Of either list in one report."""
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_KINDS: Final = frozenset({"query", "mutation", "subscription"})


@dataclass(frozen=True, slots=True)
class Client:
    """Who sends; empty where clients do not say."""

    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class UsageCount:
    """How often one client sent one operation within one interval."""

    hash: str
    client: Client
    requests: int
    errors: int
    """Requests whose answer had an error."""
    latency_us: int
    """Sum over all requests."""
    buckets: tuple[int, ...]
    """Requests by latency; see `BOUNDS_MS`."""


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What one router saw in one interval."""

    at: datetime
    """The end of the interval."""
    operations: tuple[UsedOperation, ...]
    """At least those of ``counts`` that this router has not reported yet."""
    counts: tuple[UsageCount, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the report as it is sent.

        Shapes: ``{"at": seconds, "operations": [{"hash", "kind", "name", "signature", "coordinates": []}], "counts":
        [{"hash", "client": {"name", "version"}, "requests", "errors", "latency_us", "buckets": []}]}``.
        """
        return {
            "at": self.at.timestamp(),
            "operations": [
                {
                    "hash": one.hash,
                    "kind": one.kind,
                    "name": one.name,
                    "signature": one.signature,
                    "coordinates": list(one.coordinates),
                }
                for one in self.operations
            ],
            "counts": [
                {
                    "hash": one.hash,
                    "client": {"name": one.client.name, "version": one.client.version},
                    "requests": one.requests,
                    "errors": one.errors,
                    "latency_us": one.latency_us,
                    "buckets": list(one.buckets),
                }
                for one in self.counts
            ],
        }


def read_report(value: Any) -> UsageReport:
    """Read what a router sent.  Raises: RegistryInvalidError."""
    try:
        operations = tuple(_operation(one) for one in _entries(value["operations"]))
        counts = tuple(_count(one) for one in _entries(value["counts"]))
        at = datetime.fromtimestamp(float(value["at"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise RegistryInvalidError(f"this is no usage report: {error}") from None
    return UsageReport(at, operations, counts)


def _entries(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise ValueError(f"a list of at most {MAX_ENTRIES} entries is expected")
    return value


def _operation(value: Any) -> UsedOperation:
    kind = str(value["kind"])
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of operation")
    coordinates = tuple(str(one) for one in _entries(value["coordinates"]) if len(str(one)) <= MAX_COORDINATE)
    name = value["name"]
    return UsedOperation(
        _hash(value["hash"]),
        kind,
        None if name is None else _text(name)[:MAX_CLIENT],
        _text(value["signature"]),
        tuple(sorted(set(coordinates))),
    )


def _count(value: Any) -> UsageCount:
    client = Client(*(_text(value["client"][key])[:MAX_CLIENT] for key in ("name", "version")))
    numbers = [_number(value[key]) for key in ("requests", "errors", "latency_us")]
    buckets = tuple(_number(one) for one in value["buckets"])
    if len(buckets) != BUCKETS:
        raise ValueError(f"{BUCKETS} buckets are expected")
    return UsageCount(_hash(value["hash"]), client, numbers[0], numbers[1], numbers[2], buckets)


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise ValueError("a hash is 64 hexadecimal digits")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a string is expected")
    return value.replace("\x00", "")


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError("a count is a whole number")
    return value
