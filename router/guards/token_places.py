"""Where a request may carry its token: a header, a cookie, the payload of ``connection_init``.

The first place that has something decides; what stands in later ones is not looked at.
Spec: RFC 6750, section 2.1; RFC 6265, section 4.2.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from router.guards.unauthenticated import TokenMalformedError


@dataclass(frozen=True, slots=True)
class HeaderPlace:
    """A header of the request; on a WebSocket what ``connection_init`` says as headers counts too."""

    name: bytes = b"authorization"
    """In lower case."""
    prefix: str = "Bearer"
    """Before the token; empty: the value is the token."""
    ignores_other_prefixes: bool = False
    """Whether a value with another prefix counts as none."""


@dataclass(frozen=True, slots=True)
class CookiePlace:
    """A cookie, whose value is the token."""

    name: str


@dataclass(frozen=True, slots=True)
class InitPlace:
    """A field of a WebSocket's ``connection_init`` payload, at its top or under ``headers``."""

    name: str
    prefix: str = ""


TokenPlace: TypeAlias = HeaderPlace | CookiePlace | InitPlace

AUTHORIZATION: Final = HeaderPlace()


def find_token(
    places: Sequence[TokenPlace], headers: Mapping[bytes, bytes], payload: Mapping[str, Any] | None
) -> str | None:
    """Give the token; None when the request has none.

    ``headers``: names in lower case; of a header sent twice the values joined by commas, so that it is no token.
    Raises: TokenMalformedError.
    """
    for place in places:
        if isinstance(place, HeaderPlace):
            token = _in_header(place, headers.get(place.name, b"").decode("latin-1"))
        elif isinstance(place, CookiePlace):
            token = _in_cookies(place, headers.get(b"cookie", b"").decode("latin-1"))
        else:
            value = _in_payload(place.name.lower(), payload)
            token = (
                None if value is None else _bare(value, place.prefix, f'"{place.name}" of connection_init')
            )
        if token is not None:
            return token
    return None


def _in_header(place: HeaderPlace, value: str) -> str | None:
    if not value or (place.ignores_other_prefixes and not _has_prefix(value, place.prefix)):
        return None
    return _bare(value, place.prefix, f"The {place.name.decode()} header")


def _in_cookies(place: CookiePlace, header: str) -> str | None:
    found: set[str] = set()
    for pair in header.split(";"):
        name, is_pair, value = pair.strip(" \t").partition("=")
        if is_pair and name == place.name:
            found.add(value.strip('"'))
    if len(found) > 1:
        # Which one a browser means depends on paths that it does not send.
        raise TokenMalformedError(f"The cookie {place.name} was sent twice with different values.")
    return next(iter(found), None) or None


def _in_payload(name: str, payload: Mapping[str, Any] | None) -> str | None:
    """Give a text of the payload by its name in any case; the top counts before ``headers``."""
    if payload is None:
        return None
    inner = payload.get("headers")
    for fields in (payload, inner if isinstance(inner, dict) else {}):
        found = {value for key, value in fields.items() if key.lower() == name and isinstance(value, str)}
        if len(found) > 1:
            raise TokenMalformedError(f'connection_init has "{name}" twice.')
        if found:
            return found.pop() or None
    return None


def _has_prefix(value: str, prefix: str) -> bool:
    return not prefix or value.partition(" ")[0].lower() == prefix.lower()


def _bare(value: str, prefix: str, where: str) -> str:
    if not prefix:
        return value.strip(" \t")
    scheme, _, token = value.partition(" ")
    token = token.strip(" \t")
    if scheme.lower() != prefix.lower() or not token:
        raise TokenMalformedError(f"{where} must be: {prefix} <token>.")
    return token
