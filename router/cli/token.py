"""``olympus token``: a token for the demo, signed with a secret that everybody knows."""

from __future__ import annotations

import time
from functools import partial
from typing import Final

from router.guards.jwt import sign_token
from router.server.options import Identity

DEMO_SECRET: Final = "olympus-demo-secret-known-to-everybody"  # noqa: S105  # the demo's, on purpose
TENANT_CLAIM: Final = "tenant_id"
USER_CLAIM: Final = "sub"
ROLES_CLAIM: Final = "roles"


DEMO_USERS: Final = (
    ("acme", "acme-c-0001", ("admin",)),
    ("acme", "acme-c-0002", ()),
    ("globex", "globex-c-0001", ()),
)
"""Tenant, user and roles of those whom everybody may be in the demo's playground."""
DEMO_VALID_S: Final = 3600.0


def demo_identities() -> tuple[Identity, ...]:
    """Give the demo's users, for the playground's buttons."""
    return tuple(
        Identity(
            f"{user}, {' and '.join(roles) or 'customer'} of {tenant}",
            partial(demo_token, tenant, user, roles, DEMO_VALID_S),
        )
        for tenant, user, roles in DEMO_USERS
    )


def demo_token(tenant: str, user: str, roles: tuple[str, ...], valid_s: float) -> str:
    """Sign a token for one user of one tenant, valid from now for ``valid_s`` seconds."""
    claims = {
        USER_CLAIM: user,
        TENANT_CLAIM: tenant,
        ROLES_CLAIM: list(roles),
        "exp": int(time.time() + valid_s),
    }
    return sign_token(claims, DEMO_SECRET)
