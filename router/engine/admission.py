"""May this caller in, and who is it?  Headers in, a `Caller` out; nothing is parsed for one who may not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from router.guards.jwt import Claims, JwtOptions, JwtVerifier


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the headers sent, and the claims of the token among them."""

    headers: Mapping[bytes, bytes]
    """Names in lower case; a header sent twice has its values joined."""
    claims: Claims | None = None


class Admission:
    """Asks the guards that are configured."""

    def __init__(self, jwt: JwtOptions | None = None) -> None:
        self._verifier = None if jwt is None else JwtVerifier(jwt)
        self._header = b"" if jwt is None else jwt.header_name

    def admit(self, headers: Mapping[bytes, bytes]) -> Caller:
        """Give the caller.  Raises: UnauthenticatedError."""
        if self._verifier is None:
            return Caller(headers)
        token = headers.get(self._header)
        return Caller(
            headers, self._verifier.claims_of(None if token is None else token.decode("latin-1"), time.time())
        )
