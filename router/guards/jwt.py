"""Who is the caller?  Verifies JSON Web Tokens against configured keys.

A key decides which algorithms it may verify, never the token.  Verified tokens are remembered by their hash
for a short time, since a signature costs 80 to 140 µs.
Spec: RFC 7519, RFC 7517, RFC 8725 (best current practices).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt

from router.errors import ClientError

MAX_TOKEN_BYTES: Final = 16 * 1024
MAX_REMEMBERED: Final = 10_000
REMEMBER_S: Final = 60.0


class UnauthenticatedError(ClientError):
    """The request needs a valid token and has none.

    What to do: send ``authorization: Bearer <token>`` with a token that a known key signed and that has not
    expired.
    """

    code = "UNAUTHENTICATED"
    status = 401


@dataclass(frozen=True, slots=True)
class JwtKey:
    """One key that tokens may be signed with."""

    key: jwt.PyJWK | str
    """A public key, or a shared secret."""
    algorithms: tuple[str, ...]
    key_id: str | None = None
    issuer: str | None = None
    audiences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JwtOptions:
    """Of `JwtVerifier`; ``config`` fills these."""

    keys: tuple[JwtKey, ...]
    header_name: bytes = b"authorization"
    header_value_prefix: str = "Bearer"
    leeway_s: float = 5.0
    is_required: bool = False
    """Whether a request without a token is refused; a bad token always is."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the caller is, verified."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """Give a claim as a header value: texts and numbers as they are, lists joined by commas."""
        value = self.values.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return ",".join(value)
        return None


def secret_key(
    secret: str,
    algorithms: tuple[str, ...] = ("HS256",),
    *,
    issuer: str | None = None,
    audiences: tuple[str, ...] = (),
) -> JwtKey:
    """Make a key of a shared secret.

    Raises: ValueError when the secret is shorter than the algorithm's digest (RFC 7518, section 3.2).
    """
    for algorithm in algorithms:
        if algorithm not in _SECRET_BYTES:
            raise ValueError(f"{algorithm} does not work with a shared secret; use HS256, HS384 or HS512")
        if len(secret.encode()) < _SECRET_BYTES[algorithm]:
            raise ValueError(f"a secret for {algorithm} needs at least {_SECRET_BYTES[algorithm]} bytes")
    return JwtKey(secret, algorithms, None, issuer, audiences)


_SECRET_BYTES: Final = {"HS256": 32, "HS384": 48, "HS512": 64}


def jwks_keys(
    key_set: Mapping[str, Any],
    *,
    algorithms: tuple[str, ...] = (),
    issuer: str | None = None,
    audiences: tuple[str, ...] = (),
) -> tuple[JwtKey, ...]:
    """Make keys of a JSON Web Key Set; keys of unknown types are left out.

    Raises: ValueError when no key can be used.
    """
    try:
        known = jwt.PyJWKSet.from_dict(dict(key_set)).keys
    except (jwt.PyJWKSetError, jwt.PyJWTError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no key of the set can be used: {error}") from None
    keys = tuple(
        JwtKey(key, (key.algorithm_name,), key.key_id, issuer, audiences)
        for key in known
        if key.public_key_use in (None, "sig") and (not algorithms or key.algorithm_name in algorithms)
    )
    if not keys:
        raise ValueError("no key of the set is for signatures with the allowed algorithms")
    return keys


def sign_token(claims: Mapping[str, Any], secret: str) -> str:
    """Sign claims with a shared secret, HS256: for demos and tests, the router itself issues no tokens."""
    return jwt.encode(dict(claims), secret, "HS256")


class JwtVerifier:
    """Turns a token into `Claims`.

    Cost: one hash when the token was seen within the last minute, else one signature check per fitting key.
    """

    def __init__(self, options: JwtOptions) -> None:
        self.options = options
        self._remembered: OrderedDict[bytes, tuple[float, Claims]] = OrderedDict()

    def claims_of(self, header: str | None, now_s: float) -> Claims | None:
        """Give the claims of the value of the header named in the options; None for an anonymous caller.

        ``now_s`` is Unix time.  Raises: UnauthenticatedError.
        """
        if not header:
            if self.options.is_required:
                raise UnauthenticatedError(
                    "This request needs a token; send one in the authorization header."
                )
            return None
        prefix = self.options.header_value_prefix
        scheme, _, token = header.partition(" ") if prefix else ("", "", header)
        if scheme.lower() != prefix.lower() or not token.strip():
            raise UnauthenticatedError(f"The authorization header must be: {prefix} <token>.")
        return self.verify(token.strip(), now_s)

    def verify(self, token: str, now_s: float) -> Claims:
        """Give the claims of a token.  Raises: UnauthenticatedError."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        found = self._remembered.get(digest)
        if found is not None and now_s < found[0]:
            return found[1]
        if len(token) > MAX_TOKEN_BYTES:
            raise UnauthenticatedError("The token is too long.")
        claims = self._check(token)
        expires_s = float(claims.values["exp"]) + self.options.leeway_s
        self._remembered[digest] = (min(expires_s, now_s + REMEMBER_S), claims)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return claims

    def _check(self, token: str) -> Claims:
        try:
            head = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise UnauthenticatedError("The token is not a JSON Web Token.") from None
        key_id, algorithm = head.get("kid"), head.get("alg")
        reason = "it is signed with no key that the router knows"
        for key in self.options.keys:
            if algorithm not in key.algorithms or (key.key_id and key_id and key.key_id != key_id):
                continue
            try:
                return Claims(self._decode(token, key))
            except jwt.InvalidSignatureError:
                continue
            except jwt.PyJWTError as error:
                reason = _REASONS.get(type(error), "its claims do not fit")
        raise UnauthenticatedError(f"The token is not valid: {reason}.")

    def _decode(self, token: str, key: JwtKey) -> dict[str, Any]:
        required = ["exp", *(["iss"] if key.issuer else []), *(["aud"] if key.audiences else [])]
        return jwt.decode(
            token,
            key.key,
            algorithms=list(key.algorithms),
            issuer=key.issuer,
            audience=list(key.audiences) or None,
            leeway=self.options.leeway_s,
            options={
                "require": required,
                "verify_aud": bool(key.audiences),
                "enforce_minimum_key_length": True,
            },
        )


_REASONS: Final[Mapping[type[Exception], str]] = {
    jwt.ExpiredSignatureError: "it has expired",
    jwt.ImmatureSignatureError: "it is not valid yet",
    jwt.InvalidIssuerError: "its issuer is another one",
    jwt.InvalidAudienceError: "it is for another audience",
    jwt.MissingRequiredClaimError: "a claim is missing (exp, and iss or aud where configured)",
}
