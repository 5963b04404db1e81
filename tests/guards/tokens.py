"""Keys of every algorithm, and tokens: good ones by a library, bad ones written by hand."""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

SECRET = "a secret that is long enough, really"
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"),
)
NOW = time.time()

_CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


def private_key(algorithm: str, number: int = 0) -> Any:
    """A key that signs; ``number`` tells keys of one algorithm apart."""
    return _private_key(algorithm, number)


@cache
def _private_key(algorithm: str, number: int) -> Any:
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm])
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate() if number == 0 else ed448.Ed448PrivateKey.generate()
    if algorithm.startswith("HS"):
        return f"{SECRET} {number} ".encode() * 3
    return rsa.generate_private_key(65537, 2048) if algorithm == "RS256" else private_key("RS256", number)


def jwk(algorithm: str, number: int = 0, **members: Any) -> dict[str, Any]:
    """The public half as a JSON Web Key; members that are None are left out."""
    key = private_key(algorithm, number)
    public = key if isinstance(key, bytes) else key.public_key()
    data = jwt.get_algorithm_by_name(algorithm).to_jwk(public, as_dict=True)
    # The library adds what the key's owner did not say.
    data = {name: value for name, value in data.items() if name not in ("key_ops", "alg", "use")}
    return {k: v for k, v in {**data, "alg": algorithm, **members}.items() if v is not None}


def token(key: Any = SECRET, algorithm: str = "HS256", key_id: str | None = None, **claims: Any) -> str:
    """A token of anna's, good for ten minutes; claims that are None are left out."""
    values = {"exp": NOW + 600, "sub": "anna", **claims}
    headers = {"kid": key_id} if key_id else None
    return jwt.encode({k: v for k, v in values.items() if v is not None}, key, algorithm, headers)


def raw_token(
    header: str | dict[str, Any], claims: str | dict[str, Any], key: bytes = SECRET.encode()
) -> str:
    """A token of any texts, signed with HMAC as if all were well."""
    parts = [text if isinstance(text, str) else json.dumps(text) for text in (header, claims)]
    signed = ".".join(base64url(part.encode("utf-8", "surrogatepass")) for part in parts)
    algorithm = jwt.get_algorithm_by_name("HS256")
    return f"{signed}.{base64url(algorithm.sign(signed.encode(), key))}"


def base64url(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
