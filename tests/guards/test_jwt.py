"""Who the caller is, and every token that must not count."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import get_algorithm_by_name

from router.guards.claims import Claims
from router.guards.jwks import KeySource, secret_key
from router.guards.jwt import MAX_REMEMBERED, JwtOptions, JwtVerifier
from router.guards.jwt_keys import keys_of_set
from router.guards.token_places import AUTHORIZATION, CookiePlace, HeaderPlace, InitPlace
from router.guards.unauthenticated import UnauthenticatedError
from tests.guards.tokens import ALGORITHMS, NOW, SECRET, base64url, jwk, private_key, raw_token, token

HEADER = {"alg": "HS256", "typ": "JWT"}
CLAIMS = {"exp": NOW + 600, "sub": "anna"}


def verifier(*sources: KeySource, **options: Any) -> JwtVerifier:
    return JwtVerifier(JwtOptions(sources or (secret_key(SECRET),), **options))


def of_set(*keys: dict[str, Any], algorithms: tuple[str, ...] = (), **options: Any) -> KeySource:
    return KeySource(keys_of_set({"keys": list(keys)}, algorithms, allows_secrets=True), **options)


async def refusal(one: JwtVerifier, text: str, now_s: float = NOW) -> UnauthenticatedError:
    with pytest.raises(UnauthenticatedError) as caught:
        await one.verify(text, now_s)
    return caught.value


async def code_of(one: JwtVerifier, text: str, now_s: float = NOW) -> str:
    return (await refusal(one, text, now_s)).code


async def test_a_good_token_gives_its_claims() -> None:
    headers = {b"authorization": f"Bearer {token(tenant='acme')}".encode()}
    claims = await verifier().claims_of(headers, None, NOW)
    assert claims is not None
    assert (claims.text("sub"), claims.text("tenant"), claims.text("none")) == ("anna", "acme", None)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_every_algorithm_verifies_its_own_tokens_and_no_others(algorithm: str) -> None:
    one = verifier(of_set(jwk(algorithm, kid="a")))
    good = token(private_key(algorithm), algorithm, "a")
    assert (await one.verify(good, NOW)).text("sub") == "anna"
    assert (
        await code_of(one, good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB")) == "TOKEN_INVALID"
    )
    for other in ALGORITHMS:
        if other != algorithm:
            assert await code_of(one, token(private_key(other), other, "a")) == "TOKEN_INVALID"


async def test_ed448_is_edwards_too() -> None:
    assert await verifier(of_set(jwk("EdDSA", 1))).verify(token(private_key("EdDSA", 1), "EdDSA"), NOW)


def test_claims_become_header_values() -> None:
    claims = Claims({"roles": ["a", "b"], "level": 3, "admin": True, "odd": {"x": 1}, "mixed": ["a", 1]})
    named = ("roles", "level", "admin", "odd", "mixed", "odd.x", "odd.x.y")
    assert [claims.text(name) for name in named] == ["a,b", "3", "true", None, None, "1", None]


def test_a_claim_of_scopes_is_a_text_or_a_list() -> None:
    claims = Claims({"scope": "read:a  write:b", "scp": ["x", 1, ""], "n": 1, "https://x.example/s": "q"})
    assert claims.words("scope") == {"read:a", "write:b"}
    assert claims.words("scp") == {"x"}
    assert claims.words("n") == claims.words("none") == frozenset()
    assert claims.words("https://x.example/s") == {"q"}


async def test_no_token_is_an_anonymous_caller_unless_one_is_required() -> None:
    assert await verifier().claims_of({}, None, NOW) is None
    with pytest.raises(UnauthenticatedError, match="needs a token") as caught:
        await verifier(is_required=True).claims_of({}, None, NOW)
    assert caught.value.code == "TOKEN_MISSING"
    # RFC 6750, section 3: without a token, no error code.
    assert caught.value.headers == ((b"www-authenticate", b'Bearer realm="graphql"'),)


@pytest.mark.parametrize(
    "value",
    [
        b"Basic YTpi",
        b"Bearer",
        b"Bearer nonsense",
        b"Bearer a.b",
        b"Bearer a.b.c.d",
        b"Bearer a.b.c.d.e",
        b"Bearer ..",
        pytest.param(b"Bearer " + b"a" * 20_000, id="oversize"),
        pytest.param(f"Bearer {token()}, Bearer {token()}".encode(), id="header sent twice"),
        pytest.param(f"Bearer {token()} x".encode(), id="something behind"),
        pytest.param(f"{token()}".encode(), id="no prefix"),
        pytest.param("Bearer\u00a0".encode("latin-1") + token().encode(), id="no-break space"),
        pytest.param(f"Bearer {token()}\u00ad".encode("latin-1"), id="soft hyphen"),
    ],
)
async def test_what_is_no_token_is_malformed(value: bytes) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        await verifier().claims_of({b"authorization": value}, None, NOW)
    assert (caught.value.code, caught.value.status) == ("TOKEN_MALFORMED", 401)
    assert caught.value.headers[0][1].startswith(b'Bearer realm="graphql", error="invalid_token", error_des')


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        pytest.param('{"alg":"none","alg":"HS256"}', CLAIMS, id="algorithm twice"),
        pytest.param(HEADER, f'{{"exp":{NOW + 9},"exp":{NOW - 9}}}', id="claim twice"),
        pytest.param(HEADER, f'{{"exp":{NOW + 9},"x":{{"a":1,"a":2}}}}', id="claim twice inside"),
        pytest.param({**HEADER, "crit": ["exp"], "exp": 1}, CLAIMS, id="crit"),
        pytest.param({**HEADER, "crit": []}, CLAIMS, id="empty crit"),
        pytest.param({**HEADER, "b64": False, "crit": ["b64"]}, CLAIMS, id="b64 false"),
        pytest.param({**HEADER, "b64": True}, CLAIMS, id="b64 true"),
        pytest.param({**HEADER, "cty": "JWT"}, CLAIMS, id="nested"),
        pytest.param({**HEADER, "typ": "logout+jwt"}, CLAIMS, id="logout token"),
        pytest.param({**HEADER, "typ": 7}, CLAIMS, id="typ is no text"),
        pytest.param({**HEADER, "kid": ["a"]}, CLAIMS, id="key id is no text"),
        pytest.param({**HEADER, "kid": "x" * 300}, CLAIMS, id="key id without end"),
        pytest.param({"typ": "JWT"}, CLAIMS, id="no algorithm"),
        pytest.param({"alg": None}, CLAIMS, id="algorithm is null"),
        pytest.param({"alg": ["HS256"]}, CLAIMS, id="algorithm is a list"),
        pytest.param("[]", CLAIMS, id="header is a list"),
        pytest.param(HEADER, "[]", id="claims are a list"),
        pytest.param(HEADER, "null", id="claims are null"),
        pytest.param(HEADER, '{"exp": NaN}', id="exp is NaN"),
        pytest.param(HEADER, '{"exp": Infinity}', id="exp is Infinity"),
        pytest.param(HEADER, '{"sub": "\\ud800"}', id="lone surrogate"),
        pytest.param(HEADER, '{"sub": "\ud800"}', id="surrogate in UTF-8"),
        pytest.param("\ufeff" + json.dumps(HEADER), CLAIMS, id="byte order mark"),
        pytest.param(HEADER, "[" * 6000, id="nested without end"),
        pytest.param(HEADER, '{"exp": ' + "9" * 5000 + "}", id="a number without end"),
        pytest.param(HEADER, "not json", id="not JSON"),
    ],
)
async def test_a_signed_text_that_reads_two_ways_is_malformed(header: Any, claims: Any) -> None:
    assert await code_of(verifier(), raw_token(header, claims)) == "TOKEN_MALFORMED"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({}, "TOKEN_INVALID"),
        ({"exp": None}, "TOKEN_INVALID"),
        ({"exp": str(NOW + 600)}, "TOKEN_INVALID"),
        ({"exp": True}, "TOKEN_INVALID"),
        ({"exp": 1e400}, "TOKEN_MALFORMED"),
        ({"exp": 10**400}, "TOKEN_INVALID"),
        ({"exp": NOW - 60}, "TOKEN_EXPIRED"),
        ({"exp": NOW + 600, "nbf": NOW + 60}, "TOKEN_INVALID"),
        ({"exp": NOW + 600, "nbf": "soon"}, "TOKEN_INVALID"),
        ({"exp": NOW + 600, "iat": NOW + 60}, "TOKEN_INVALID"),
    ],
)
async def test_times_must_be_times_and_fit(claims: dict[str, Any], code: str) -> None:
    assert await code_of(verifier(), raw_token(HEADER, claims)) == code


async def test_a_number_too_large_to_be_a_time_is_none() -> None:
    assert await code_of(verifier(), raw_token(HEADER, '{"exp": 1e400}')) == "TOKEN_INVALID"


async def test_clocks_may_differ_by_the_leeway_and_no_more() -> None:
    one = verifier(leeway_s=5)
    exp = int(NOW) + 100
    assert await one.verify(token(exp=exp), exp + 4.9)
    assert await code_of(one, token(exp=exp), exp + 5) == "TOKEN_EXPIRED"
    nbf = int(NOW) + 50
    assert await code_of(one, token(exp=exp, nbf=nbf), nbf - 5.1) == "TOKEN_INVALID"
    assert await one.verify(token(exp=exp, nbf=nbf), nbf - 5)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "n\u043ene"])
async def test_an_unsigned_token_never_counts(algorithm: str) -> None:
    public = of_set(jwk("RS256"))
    for one in (verifier(), verifier(public)):
        head = base64url(json.dumps({"alg": algorithm}).encode())
        body = base64url(json.dumps(CLAIMS).encode())
        for text in (f"{head}.{body}.", f"{head}.{body}.AAAA"):
            assert await code_of(one, text) in ("TOKEN_MALFORMED", "TOKEN_INVALID")


async def test_a_public_key_is_never_taken_for_a_secret() -> None:
    public = private_key("RS256").public_key()
    one = verifier(of_set(jwk("RS256", kid="a")), secret_key("another secret that is long enough"))
    for encoding, form in (
        (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        (Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        (Encoding.PEM, PublicFormat.PKCS1),
        (Encoding.DER, PublicFormat.PKCS1),
    ):
        stolen = public.public_bytes(encoding, form)
        for key in (stolen, stolen.strip(), base64url(stolen).encode()):
            for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": "a"}):
                assert await code_of(one, raw_token(header, CLAIMS, key)) == "TOKEN_INVALID"


async def test_a_key_in_the_tokens_own_header_is_not_looked_at() -> None:
    attackers = jwk("RS256", 1)
    head = {
        "alg": "RS256",
        "jwk": attackers,
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example",
    }
    signed = f"{base64url(json.dumps(head).encode())}.{base64url(json.dumps(CLAIMS).encode())}"
    signature = get_algorithm_by_name("RS256").sign(signed.encode(), private_key("RS256", 1))
    text = f"{signed}.{base64url(signature)}"
    assert await code_of(verifier(of_set(jwk("RS256"))), text) == "TOKEN_INVALID"
    assert await verifier(of_set(attackers)).verify(text, NOW)


@pytest.mark.parametrize(
    "key_id", ["../../dev/null", "' OR 1=1 --", "a\x00b", "http://evil.example/k", "| id", ""]
)
async def test_a_key_id_is_compared_and_nothing_else(key_id: str) -> None:
    """With /dev/null as the key file the secret would be empty."""
    one = verifier(of_set(jwk("HS256", kid="a")))
    text = raw_token({"alg": "HS256", "kid": key_id}, CLAIMS, b"")
    assert await code_of(one, text) == "TOKEN_INVALID"


async def test_tokens_that_differ_in_bits_outside_the_alphabet_are_no_tokens() -> None:
    good = token()
    for bad in (
        good + "=",
        good + "\n",
        good.replace(".", ".\u200b", 1),
        good + "é",
        good.replace(".", "\uff0e"),
    ):
        assert await code_of(verifier(), bad) == "TOKEN_MALFORMED"


@pytest.mark.parametrize(
    "claims",
    [{"iss": "other", "aud": "router"}, {"iss": "us", "aud": "other"}, {"iss": "us"}, {}, {"iss": ["us"]}],
)
async def test_issuer_and_audience_must_fit_where_configured(claims: dict[str, Any]) -> None:
    strict = verifier(secret_key(SECRET, issuers=("us", "them"), audiences=("router", "x")))
    assert (await strict.verify(token(iss="us", aud=["router", "y"]), NOW)).text("iss") == "us"
    assert await strict.verify(token(iss="them", aud="x"), NOW)
    assert await code_of(strict, raw_token(HEADER, {**CLAIMS, **claims})) == "TOKEN_INVALID"


async def test_one_issuers_key_does_not_sign_for_another() -> None:
    mine = of_set(jwk("RS256", 0, kid="k"), issuers=("mine",), audiences=("a",))
    theirs = of_set(jwk("RS256", 1, kid="k"), issuers=("theirs",), audiences=("b",))
    one = verifier(mine, theirs)
    assert await one.verify(token(private_key("RS256", 1), "RS256", "k", iss="theirs", aud="b"), NOW)
    for claims in (
        {"iss": "mine", "aud": "a"},
        {"iss": "mine", "aud": "b"},
        {"iss": "theirs", "aud": "a"},
        {},
    ):
        bad = token(private_key("RS256", 1), "RS256", "k", **claims)
        assert await code_of(one, bad) == "TOKEN_INVALID"


async def test_a_remembered_token_is_forgotten_when_it_expires() -> None:
    one = verifier(leeway_s=0)
    text = token(exp=NOW + 30)
    remembered = await one.verify(text, NOW)
    assert await one.verify(text, NOW + 29) is remembered
    assert await code_of(one, text, NOW + 30) == "TOKEN_EXPIRED"


async def test_a_token_is_remembered_for_a_minute_at_most() -> None:
    one = verifier()
    text = token(exp=NOW + 3600)
    remembered = await one.verify(text, NOW)
    assert await one.verify(text, NOW + 59.9) is remembered
    assert await one.verify(text, NOW + 60) is not remembered


async def test_not_more_tokens_are_remembered_than_there_is_room_for() -> None:
    one = verifier()
    first = await one.verify(token(n=-1), NOW)
    for number in range(MAX_REMEMBERED):
        await one.verify(token(n=number), NOW)
    assert await one.verify(token(n=-1), NOW) is not first


async def test_keys_of_a_set_are_chosen_by_id_and_bind_their_algorithm() -> None:
    one = verifier(of_set(jwk("RS256", 0, kid="a"), jwk("RS256", 1, kid="b", alg=None), {"kty": "new"}))
    assert (await one.verify(token(private_key("RS256", 1), "RS256", "b"), NOW)).text("sub") == "anna"
    assert await one.verify(token(private_key("RS256", 1), "RS256"), NOW)
    for bad in (
        token(private_key("RS256", 1), "RS256", "a"),
        token(SECRET, "HS256", "a"),
        token(private_key("RS256", 0), "RS384", "a"),
        token(private_key("RS256", 1), "PS256", "b"),
    ):
        assert await code_of(one, bad) == "TOKEN_INVALID"


async def test_only_listed_algorithms_count() -> None:
    one = verifier(of_set(jwk("RS256", alg=None), jwk("ES256"), algorithms=("PS256", "RS512")))
    for algorithm in ("PS256", "RS512"):
        assert await one.verify(token(private_key("RS256"), algorithm), NOW)
    for algorithm in ("RS256", "ES256"):
        assert await code_of(one, token(private_key(algorithm), algorithm)) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "key_set",
    [
        {},
        {"keys": []},
        {"keys": [{"kty": "new"}]},
        {"keys": 1},
        {"keys": [1, None]},
        {"keys": [jwk("RS256", use="enc")]},
        {"keys": [jwk("RS256", key_ops=["encrypt"])]},
        {"keys": [{**jwk("ES256"), "alg": "ES384"}]},
        {"keys": [{**jwk("RS256"), "alg": "HS256"}]},
        {"keys": [{**jwk("HS256"), "alg": "none"}]},
        {"keys": [{"kty": "oct", "k": base64url(b"short"), "alg": "HS256"}]},
        {"keys": [{**jwk("RS256"), "n": base64url(b"\x01" * 128)}]},
        {"keys": [jwk("HS256")]},
    ],
)
def test_a_set_without_a_usable_key_is_refused(key_set: dict[str, Any]) -> None:
    """Wrong uses, algorithms of another family, short keys, and secrets where only public keys belong."""
    with pytest.raises(ValueError, match="key"):
        keys_of_set(key_set)


def test_a_short_secret_is_refused() -> None:
    for algorithm, length in (("HS256", 31), ("HS384", 47), ("HS512", 63)):
        with pytest.raises(ValueError, match="at least"):
            secret_key("x" * length, (algorithm,))
    with pytest.raises(ValueError, match="shared secret"):
        secret_key(SECRET, ("RS256",))


async def test_a_token_may_stand_in_several_places_in_order() -> None:
    places = (AUTHORIZATION, HeaderPlace(b"x-token", ""), CookiePlace("session"), InitPlace("token"))
    one = verifier(places=places)
    anna, bert = token(sub="anna"), token(sub="bert")
    for headers, payload in (
        ({b"x-token": anna.encode()}, None),
        ({b"cookie": f"a=b; session={anna}; x".encode()}, None),
        ({}, {"token": anna}),
        ({}, {"headers": {"Token": anna}}),
        (
            {b"authorization": f"bEARER {anna}".encode(), b"cookie": f"session={bert}".encode()},
            {"token": bert},
        ),
    ):
        claims = await one.claims_of(headers, payload, NOW)
        assert claims is not None and claims.text("sub") == "anna"
    assert await one.claims_of({b"cookie": b"sessions=x; xsession=y"}, {"token": 7}, NOW) is None
    for headers, payload in (
        ({b"cookie": f"session={anna}; session={bert}".encode()}, None),
        ({}, {"token": anna, "TOKEN": bert}),
    ):
        with pytest.raises(UnauthenticatedError, match="twice"):
            await one.claims_of(headers, payload, NOW)


async def test_other_prefixes_can_be_left_to_others() -> None:
    one = verifier(places=(HeaderPlace(ignores_other_prefixes=True),))
    assert await one.claims_of({b"authorization": b"Basic YTpi"}, None, NOW) is None
    with pytest.raises(UnauthenticatedError):
        await one.claims_of({b"authorization": b"Bearer nonsense"}, None, NOW)


async def test_no_token_that_was_tampered_with_counts() -> None:
    """Every single character changed, in every part."""
    one, good = verifier(), token()
    last = len(good) - 1  # its low bits are padding
    for index in range(last):
        if good[index] != ".":
            changed = good[:index] + ("A" if good[index] != "A" else "B") + good[index + 1 :]
            await refusal(one, changed)
