"""What a verified token says of the caller, and whether it says it here and now.

Spec: RFC 7519, section 4.1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from router.guards.unauthenticated import TokenExpiredError, TokenInvalidError


@dataclass(frozen=True)
class Claims:
    """Who the caller is, verified."""

    values: Mapping[str, Any]

    @cached_property
    def identity(self) -> str:
        """Equal for equal claims, and for no others: what answers to this caller may be shared by."""
        return json.dumps(self.values, sort_keys=True)

    @property
    def expires_s(self) -> float | None:
        """When they end, in Unix time."""
        expires: float | None = self.values.get("exp")
        return expires

    def at(self, path: str) -> Any:
        """Give the claim of this name; where there is none, the one that a path with dots leads to."""
        if path in self.values:
            return self.values[path]
        value: Any = self.values
        for name in path.split("."):
            if not isinstance(value, Mapping) or name not in value:
                return None
            value = value[name]
        return value

    def words(self, path: str) -> frozenset[str]:
        """Give the words of a claim: a list's texts, or a text's parts between spaces (RFC 8693, section 4.2)."""
        value = self.at(path)
        if isinstance(value, str):
            return frozenset(value.split(" ")) - {""}
        if isinstance(value, list):
            return frozenset(item for item in value if isinstance(item, str) and item)
        return frozenset()

    def text(self, name: str) -> str | None:
        """Give a claim as a header value: texts and numbers as they are, lists joined by commas."""
        value = self.at(name)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return ",".join(value)
        return None


def check_claims(
    claims: Mapping[str, Any],
    now_s: float,
    leeway_s: float,
    issuers: Sequence[str] = (),
    audiences: Sequence[str] = (),
) -> None:
    """Check a verified token's claims; without ``issuers`` or ``audiences`` any will do.

    Units: ``now_s`` is Unix time.  Raises: TokenExpiredError, TokenInvalidError.
    """
    expires_s = _time(claims, "exp")
    if expires_s is None:
        raise TokenInvalidError("The token is not valid: it has no expiry (exp).")
    if issuers and claims.get("iss") not in issuers:
        raise TokenInvalidError("The token is not valid: its issuer is another one.")
    if audiences and not _audiences(claims) & set(audiences):
        raise TokenInvalidError("The token is not valid: it is for another audience.")
    for name in ("nbf", "iat"):
        begins_s = _time(claims, name)
        if begins_s is not None and begins_s > now_s + leeway_s:
            raise TokenInvalidError(f"The token is not valid yet ({name}).")
    if expires_s + leeway_s <= now_s:
        raise TokenExpiredError("The token has expired.")


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise TokenInvalidError(f"The token is not valid: its {name} is not a time.")
    return float(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer larger than any float
        return False


def _audiences(claims: Mapping[str, Any]) -> set[str]:
    value = claims.get("aud")
    items = value if isinstance(value, list) else [value]
    return {item for item in items if isinstance(item, str)}
