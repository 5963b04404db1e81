"""``olympus token``: a token for the demo, signed with a secret that everybody knows."""

from __future__ import annotations

import time
from typing import Final

from router.guards.jwt import sign_token

DEMO_SECRET: Final = "olympus-demo-secret-known-to-everybody"  # noqa: S105  # the demo's, on purpose
TENANT_CLAIM: Final = "tenant_id"
USER_CLAIM: Final = "sub"
ROLES_CLAIM: Final = "roles"


def demo_token(tenant: str, user: str, roles: tuple[str, ...], valid_s: float) -> str:
    """Sign a token for one user of one tenant, valid from now for ``valid_s`` seconds."""
    claims = {
        USER_CLAIM: user,
        TENANT_CLAIM: tenant,
        ROLES_CLAIM: list(roles),
        "exp": int(time.time() + valid_s),
    }
    return sign_token(claims, DEMO_SECRET)
