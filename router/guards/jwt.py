"""Who is the caller?  Verifies JSON Web Tokens against the keys of configured issuers.

Verified tokens are remembered by their hash for a short time, since a signature costs 40 to 140 µs.
Spec: RFC 7519, RFC 7515, RFC 8725 (best current practices), RFC 6750.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router.guards.claims import Claims, check_claims
from router.guards.compact_token import MAX_TOKEN_BYTES, CompactToken, read_token
from router.guards.jwks import Fetch, HttpKeySets, KeyRing, KeySource, file_key_set
from router.guards.token_places import AUTHORIZATION, TokenPlace, find_token
from router.guards.unauthenticated import (
    KeysUnavailableError,
    TokenInvalidError,
    TokenMalformedError,
    TokenMissingError,
    UnauthenticatedError,
)

MAX_REMEMBERED: Final = 10_000
REMEMBER_S: Final = 60.0
"""How long a token counts at most after its key was taken out of a set."""


@dataclass(frozen=True, slots=True)
class JwtOptions:
    """Of `JwtVerifier`; ``config`` fills these."""

    sources: tuple[KeySource, ...]
    places: tuple[TokenPlace, ...] = (AUTHORIZATION,)
    """Where tokens are looked for, in this order."""
    leeway_s: float = 5.0
    """How far clocks may differ."""
    is_required: bool = False
    """Whether a request without a token is refused; a bad token always is."""


def sign_token(claims: Mapping[str, Any], secret: str) -> str:
    """Sign claims with a shared secret, HS256: for demos and tests, the router itself issues no tokens."""
    import jwt  # noqa: PLC0415  # 100 ms that only those with tokens pay

    return jwt.encode(dict(claims), secret, "HS256")


class JwtVerifier:
    """Turns a request's token into `Claims`.

    Cost: one hash when the token was seen within the last minute, else a signature check per fitting key.
    """

    def __init__(
        self,
        options: JwtOptions,
        clock: Callable[[], float] = time.monotonic,
        transport: Any = None,
    ) -> None:
        """``clock`` tells the age of key sets; ``transport``, one of httpx, fetches them instead of the network."""
        self.options = options
        self._http = HttpKeySets(transport)
        self._rings = [KeyRing(source, self._fetch_of(source), clock) for source in options.sources]
        self._remembered: OrderedDict[bytes, tuple[float, Claims]] = OrderedDict()

    async def claims_of(
        self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any] | None, now_s: float
    ) -> Claims | None:
        """Give the claims of a request's token; None for an anonymous caller.

        ``payload`` is that of a WebSocket's ``connection_init``.  ``now_s`` is Unix time.
        Raises: UnauthenticatedError, KeysUnavailableError.
        """
        token = find_token(self.options.places, headers, payload)
        if token is not None:
            return await self.verify(token, now_s)
        if self.options.is_required:
            raise TokenMissingError("This request needs a token; send one in the authorization header.")
        return None

    async def verify(self, token: str, now_s: float) -> Claims:
        """Give the claims of a token.  Raises: UnauthenticatedError, KeysUnavailableError."""
        if len(token) > MAX_TOKEN_BYTES:
            raise TokenMalformedError("The token is too long.")
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        found = self._remembered.get(digest)
        if found is not None and now_s < found[0]:
            self._remembered.move_to_end(digest)
            return found[1]
        claims = await self._check(read_token(token), now_s)
        expires_s = claims.expires_s or 0.0
        self._remembered[digest] = (min(expires_s, now_s + REMEMBER_S), claims)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return claims

    async def close(self) -> None:
        """Stop fetching keys and close the connections."""
        for ring in self._rings:
            await ring.close()
        await self._http.close()

    async def _check(self, token: CompactToken, now_s: float) -> Claims:
        """Give the claims by the first source whose key signed the token and whom they suit."""
        issuer = token.claims.get("iss")
        failure: UnauthenticatedError | KeysUnavailableError | None = None
        for ring in self._rings:
            if not ring.source.counts_for(issuer):
                continue
            try:
                keys = await ring.keys(token.algorithm, token.key_id)
            except KeysUnavailableError as error:
                failure = failure or error
                continue
            if not any(key.has_signed(token.text) for key in keys):
                continue
            try:
                check_claims(
                    token.claims, now_s, self.options.leeway_s, ring.source.issuers, ring.source.audiences
                )
            except UnauthenticatedError as error:
                failure = error
                continue
            return Claims(token.claims)
        raise failure or self._unknown_signature(issuer)

    def _unknown_signature(self, issuer: object) -> UnauthenticatedError:
        if not any(ring.source.counts_for(issuer) for ring in self._rings):
            return TokenInvalidError("The token is not valid: its issuer is another one.")
        return TokenInvalidError("The token is not valid: it is signed with no key that the router knows.")

    def _fetch_of(self, source: KeySource) -> Fetch:
        async def fetch() -> Mapping[str, Any]:
            if source.url is not None:
                return await self._http.fetch(source.url, source.headers, source.timeout_s)
            if source.path is not None:
                return await file_key_set(source.path)
            raise AssertionError("fixed keys are never fetched")

        return fetch
