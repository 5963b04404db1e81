"""``cors``: pages of other origins."""

from __future__ import annotations

from pydantic import model_validator

from router.config.values import HeaderName, Pattern, Seconds, Section
from router.server.cors import CorsPolicy


class CorsPolicySection(Section):
    """Which pages of other origins may ask, and how."""

    origins: tuple[str, ...] = ()
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

    @model_validator(mode="after")
    def _is_safe(self) -> CorsPolicySection:
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
        )
        for policy in section.policies
    )
