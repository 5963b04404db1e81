"""The keys that tokens may be signed with.

A key decides which algorithms it may verify, never the token: each `JwtKey` is for one algorithm of its own family,
so that a public key is never taken for a shared secret.
Spec: RFC 7517, RFC 7518, RFC 8725 (best current practices).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from router.guards.compact_token import MAX_KEY_ID_LENGTH

MAX_KEYS: Final = 200
"""Of one set; more are left out."""

_SECRET_BYTES: Final = {"HS256": 32, "HS384": 48, "HS512": 64}
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_BY_CURVE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
}
ALGORITHMS: Final = (*_SECRET_BYTES, *_RSA, "ES256", "ES384", "ES512", "EdDSA")
"""All that may stand in a list of algorithms."""


@cache
def _signatures() -> Any:
    import jwt  # noqa: PLC0415  # 100 ms, with cryptography, that only those with tokens pay

    return jwt.PyJWS(algorithms=ALGORITHMS)


@dataclass(frozen=True, slots=True)
class JwtKey:
    """A key for one algorithm."""

    algorithm: str
    key: Any
    """A public key, which is a ``jwt.PyJWK``, or a shared secret."""
    key_id: str | None = None

    def has_signed(self, token: str) -> bool:
        """Tell whether the token's signature is this key's.  Cost: 40 to 140 µs."""
        import jwt  # noqa: PLC0415  # see `_signatures`

        try:
            _signatures().decode(
                token, self.key, [self.algorithm], options={"enforce_minimum_key_length": True}
            )
        except jwt.PyJWTError:
            return False
        return True


def secret_keys(secret: str, algorithms: tuple[str, ...] = ("HS256",)) -> tuple[JwtKey, ...]:
    """Make keys of a shared secret.

    Raises: ValueError when the secret is shorter than an algorithm's digest (RFC 7518, section 3.2).
    """
    value = secret.encode()
    for algorithm in algorithms:
        if algorithm not in _SECRET_BYTES:
            raise ValueError(f"{algorithm} does not work with a shared secret; use HS256, HS384 or HS512")
        if len(value) < _SECRET_BYTES[algorithm]:
            raise ValueError(f"a secret for {algorithm} needs at least {_SECRET_BYTES[algorithm]} bytes")
    return tuple(JwtKey(algorithm, value) for algorithm in algorithms)


def keys_of_set(
    key_set: Mapping[str, Any], algorithms: tuple[str, ...] = (), *, allows_secrets: bool = False
) -> tuple[JwtKey, ...]:
    """Make keys of a JSON Web Key Set.

    Left out are keys of unknown types, for other uses, too short ones, and with ``algorithms`` those for others.
    Secrets are taken where they are allowed, or their algorithms are in the list.
    Raises: ValueError when no key can be used.
    """
    listed = key_set.get("keys")
    keys: list[JwtKey] = []
    for data in listed[:MAX_KEYS] if isinstance(listed, list) else ():
        if isinstance(data, dict) and _is_for_signatures(data):
            keys += _keys_of(data, algorithms, allows_secrets=allows_secrets)
    if not keys:
        raise ValueError("no key of the set is for signatures with the allowed algorithms")
    return tuple(keys)


def _is_for_signatures(data: Mapping[str, Any]) -> bool:
    operations = data.get("key_ops")
    return data.get("use", "sig") == "sig" and (
        operations is None or (isinstance(operations, list) and "verify" in operations)
    )


def _keys_of(data: dict[str, Any], algorithms: tuple[str, ...], *, allows_secrets: bool) -> Iterator[JwtKey]:
    type_, own, key_id = data.get("kty"), data.get("alg"), data.get("kid")
    if key_id is not None and (not isinstance(key_id, str) or len(key_id) > MAX_KEY_ID_LENGTH):
        return
    family: tuple[str, ...]
    usual: tuple[str, ...]
    if type_ == "RSA":
        family, usual = _RSA, ("RS256",)
    elif type_ == "oct":
        family, usual = tuple(_SECRET_BYTES), ()
        if not algorithms and not allows_secrets:
            return
    else:
        family = usual = _BY_CURVE.get((str(type_), str(data.get("crv"))), ())
    if own is not None:
        wanted: tuple[Any, ...] = (own,)
    else:
        # A key that does not say what it is for is for what the operator listed, else for what most mean by it.
        wanted = algorithms or usual
    for algorithm in wanted:
        if algorithm not in family or (algorithms and algorithm not in algorithms):
            continue
        key = _usable(data, algorithm)
        if key is not None:
            yield JwtKey(algorithm, key, key_id)


def _usable(data: dict[str, Any], algorithm: str) -> Any:
    import jwt  # noqa: PLC0415  # see `_signatures`

    try:
        key = jwt.PyJWK(data, algorithm)
        too_short = key.Algorithm.check_key_length(key.key)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError):
        return None
    return key if too_short is None else None
