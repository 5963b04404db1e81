"""Who is asking: read from headers that the router sets, and that nobody else may reach us with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from subgraphs.errors import UNAUTHENTICATED, Refusal

TENANT_HEADER = "x-tenant-id"
USER_HEADER = "x-user-id"
ROLES_HEADER = "x-user-roles"


@dataclass(frozen=True, slots=True)
class Caller:
    """The tenant, user and roles of one request; empty when nobody said."""

    tenant_id: str | None = None
    user_id: str | None = None
    roles: tuple[str, ...] = ()

    def tenant(self) -> str:
        """The tenant whose rows may be read.

        Raises: Refusal UNAUTHENTICATED when the request names none.
        """
        if self.tenant_id is None:
            raise Refusal(UNAUTHENTICATED, f"Send the tenant in the header {TENANT_HEADER}.")
        return self.tenant_id

    def owns(self, entity_id: str) -> bool:
        """True when the id is one of the caller's tenant: ids begin with the tenant's."""
        return self.tenant_id is not None and entity_id.startswith(f"{self.tenant_id}-")


def caller_from_headers(headers: Mapping[str, str]) -> Caller:
    """The caller named by the headers.  Header names are looked up in lower case."""
    roles = (role.strip() for role in (headers.get(ROLES_HEADER) or "").split(","))
    return Caller(
        tenant_id=headers.get(TENANT_HEADER) or None,
        user_id=headers.get(USER_HEADER) or None,
        roles=tuple(role for role in roles if role),
    )


def caller_from_websocket(headers: Mapping[str, str], connection_params: object) -> Caller:
    """The caller of a WebSocket: from the upgrade request's headers, else from ``connection_init``.

    Shapes: ``connection_params`` is the payload of ``connection_init``, any JSON; the names are
    read in any case, at its top level or in its object ``headers``.
    """
    caller = caller_from_headers(headers)
    if caller.tenant_id is not None or not isinstance(connection_params, Mapping):
        return caller
    named = _texts(connection_params)
    nested = connection_params.get("headers")
    if isinstance(nested, Mapping):
        named = _texts(nested) | named
    return caller_from_headers(named)


def _texts(mapping: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name).lower(): value for name, value in mapping.items() if isinstance(value, str)}
