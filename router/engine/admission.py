"""May this caller in, and who is it?  Headers in, a `Caller` out; nothing is parsed for one who may not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router.guards.claims import Claims
from router.guards.jwt import JwtOptions, JwtVerifier
from router.guards.token_places import find_token
from router.guards.unauthenticated import TokenMalformedError


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the headers sent, and the claims of the token among them."""

    headers: Mapping[bytes, bytes]
    """Names in lower case; a header sent twice has its values joined."""
    claims: Claims | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    """What header expressions may read of the operation; filled only when one does."""
    address: str = ""
    """Where the connection comes from; a proxy's, if there is one."""


class Admission:
    """Asks the guards that are configured."""

    def __init__(self, jwt: JwtOptions | None = None) -> None:
        self._verifier = None if jwt is None else JwtVerifier(jwt)

    async def admit(
        self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any] | None = None, address: str = ""
    ) -> Caller:
        """Give the caller; ``payload`` is that of a WebSocket's ``connection_init``.

        Raises: UnauthenticatedError, KeysUnavailableError.
        """
        if self._verifier is None:
            return Caller(headers, address=address)
        return Caller(headers, await self._verifier.claims_of(headers, payload, time.time()), address=address)

    def has_token(self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any]) -> bool:
        """Tell whether there is a token where tokens are looked for; it is not verified."""
        if self._verifier is None:
            return False
        try:
            return find_token(self._verifier.options.places, headers, payload) is not None
        except TokenMalformedError:
            return True

    def seconds_left(self, caller: Caller) -> float | None:
        """Give how long the caller's token goes on to count; None: for ever."""
        expires_s = None if caller.claims is None else caller.claims.expires_s
        if self._verifier is None or expires_s is None:
            return None
        return max(0.0, expires_s + self._verifier.options.leeway_s - time.time())

    async def close(self) -> None:
        """Close what the guards have open."""
        if self._verifier is not None:
            await self._verifier.close()
