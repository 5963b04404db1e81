"""``cors``: pages of other origins."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from router.config.values import HeaderName, Pattern, Seconds, Section, Words
from router.server.cors import METHODS, CorsPolicy, PrivateNetwork


def _origin(value: str) -> str:
    if value not in ("*", "null") and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+", value):
        raise ValueError("an origin is scheme://host or scheme://host:port, without a path; or * or null")
    return value.lower()


Origin = Annotated[str, AfterValidator(_origin), Words("origin")]


class PrivateNetworkSection(Section):
    """``private_network_access``: whether pages of public sites may ask a router in a private network."""

    access_id: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")] | None = None
    """``Private-Network-Access-ID``: 48 bits as six pairs of hexadecimal digits."""
    access_name: Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,248}$")] | None = None
    """``Private-Network-Access-Name``: what the browser calls the router."""


class CorsPolicySection(Section):
    """Which pages of other origins may ask, and how."""

    origins: tuple[Origin, ...] = ()
    """As browsers write them, ``https://app.example.com``, or ``*`` for every origin."""
    match_origins: tuple[Pattern, ...] = ()
    """An origin matches as a whole."""
    allow_credentials: bool = False
    """Whether cookies and certificates travel with the request."""
    allow_headers: tuple[HeaderName, ...] = ()
    """Empty: whatever the page asks for."""
    expose_headers: tuple[HeaderName, ...] = ()
    """Headers of the answer that the page may read."""
    max_age: Seconds | None = None
    """How long a browser keeps the answer to a preflight."""

    methods: Annotated[tuple[Literal["GET", "POST", "OPTIONS"], ...], Field(min_length=1)] = METHODS
    """What a preflight lets through."""
    private_network_access: PrivateNetworkSection | None = None

    @model_validator(mode="after")
    def _is_safe(self) -> CorsPolicySection:
        if "null" in self.origins and self.allow_credentials:
            raise ValueError("allow_credentials needs origins by name, not null: any page can have that one")
        if "*" in self.origins and self.allow_credentials:
            raise ValueError("allow_credentials needs origins by name, not *")
        return self


class CorsSection(Section):
    """``cors``: the first policy that has the origin decides; none: no other origin may ask."""

    policies: tuple[CorsPolicySection, ...] = ()
    """In order: the first that has the origin decides."""


def cors_policies(section: CorsSection) -> tuple[CorsPolicy, ...]:
    """The policies as the server takes them."""
    return tuple(
        CorsPolicy(
            origins=frozenset(policy.origins),
            match_origins=policy.match_origins,
            allows_credentials=policy.allow_credentials,
            allow_headers=policy.allow_headers,
            expose_headers=policy.expose_headers,
            max_age_s=None if policy.max_age is None else int(policy.max_age),
            methods=policy.methods,
            private_network=_private_network(policy.private_network_access),
        )
        for policy in section.policies
    )


def _private_network(section: PrivateNetworkSection | None) -> PrivateNetwork | None:
    return None if section is None else PrivateNetwork(section.access_id, section.access_name)
