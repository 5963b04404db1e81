"""Who the caller is, and every token that must not count."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from router.guards.jwt import Claims, JwtOptions, JwtVerifier, UnauthenticatedError, jwks_keys, secret_key

SECRET = "a secret that is long enough, really"
NOW = time.time()


def token(secret: Any = SECRET, algorithm: str = "HS256", key_id: str | None = None, **claims: Any) -> str:
    values = {"exp": NOW + 600, "sub": "anna", **claims}
    headers = {"kid": key_id} if key_id else None
    return jwt.encode({k: v for k, v in values.items() if v is not None}, secret, algorithm, headers)


def verifier(**options: Any) -> JwtVerifier:
    return JwtVerifier(JwtOptions((secret_key(SECRET),), **options))


def test_a_good_token_gives_its_claims() -> None:
    claims = verifier().claims_of(f"Bearer {token(tenant='acme')}", NOW)
    assert claims is not None
    assert (claims.text("sub"), claims.text("tenant"), claims.text("none")) == ("anna", "acme", None)


def test_claims_become_header_values() -> None:
    claims = Claims({"roles": ["a", "b"], "level": 3, "admin": True, "odd": {"x": 1}, "mixed": ["a", 1]})
    assert [claims.text(name) for name in ("roles", "level", "admin", "odd", "mixed")] == [
        "a,b",
        "3",
        "true",
        None,
        None,
    ]


def test_no_token_is_an_anonymous_caller_unless_one_is_required() -> None:
    assert verifier().claims_of(None, NOW) is None
    with pytest.raises(UnauthenticatedError, match="needs a token"):
        verifier(is_required=True).claims_of(None, NOW)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Basic YTpi", "must be: Bearer"),
        ("Bearer", "must be: Bearer"),
        ("Bearer nonsense", "not a JSON Web Token"),
        (f"Bearer {token(exp=NOW - 60)}", "expired"),
        (f"Bearer {token(exp=None)}", "claim is missing"),
        (f"Bearer {token(nbf=NOW + 600)}", "not valid yet"),
        (f"Bearer {token('another secret that is long enough')}", "no key that the router knows"),
        pytest.param(f"Bearer {token(None, 'none')}", "no key that the router knows", id="unsigned"),
        (
            f"Bearer {token('x' * 64, 'HS512')}",
            "no key",
        ),
        (f"Bearer {'a' * 20_000}", "too long"),
    ],
)
def test_a_token_that_does_not_count_says_why(header: str, words: str) -> None:
    with pytest.raises(UnauthenticatedError, match=words) as caught:
        verifier().claims_of(header, NOW)
    assert caught.value.status == 401


@pytest.mark.parametrize(
    "claims", [{"iss": "other", "aud": "router"}, {"iss": "us", "aud": "other"}, {"iss": "us"}, {}]
)
def test_issuer_and_audience_must_fit_where_configured(claims: dict[str, str]) -> None:
    strict = JwtVerifier(JwtOptions((secret_key(SECRET, issuer="us", audiences=("router",)),)))
    assert strict.verify(token(iss="us", aud=["router", "x"]), NOW).text("iss") == "us"
    with pytest.raises(UnauthenticatedError):
        strict.verify(token(**claims), NOW)


def test_a_remembered_token_is_forgotten_when_it_expires() -> None:
    one, now = verifier(leeway_s=0), time.time()  # not NOW: a long run may be minutes past it
    text = token(exp=now + 30)
    remembered = one.verify(text, now)
    assert one.verify(text, now + 29) is remembered
    assert one.verify(text, now + 31) is not remembered  # checked anew, against the real clock


def test_keys_of_a_set_are_chosen_by_id_and_bind_their_algorithm() -> None:
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    public = [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) for key in keys]
    key_set = {"keys": [{**public[0], "kid": "a", "alg": "RS256"}, {**public[1], "kid": "b"}, {"kty": "new"}]}
    one = JwtVerifier(JwtOptions(jwks_keys(key_set)))
    assert one.verify(token(keys[1], "RS256", "b"), NOW).text("sub") == "anna"
    for bad in (token(keys[1], "RS256", "a"), token(SECRET, "HS256", "a"), token(keys[0], "RS384", "a")):
        with pytest.raises(UnauthenticatedError):
            one.verify(bad, NOW)


@pytest.mark.parametrize("key_set", [{}, {"keys": []}, {"keys": [{"kty": "new"}]}, {"keys": 1}])
def test_a_set_without_a_usable_key_is_refused(key_set: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="key"):
        jwks_keys(key_set)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        secret_key("short")
