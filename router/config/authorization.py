"""``authorization``: who may ask."""

from __future__ import annotations

from router.config.values import Section


class AuthorizationSection(Section):
    """``authorization``: who is let in."""

    require_authentication: bool = False
    """A request without a valid token is refused with 401."""
