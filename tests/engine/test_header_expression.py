"""Header expressions: what they give, and texts that are none."""

from __future__ import annotations

import jwt
import pytest

from router.engine.admission import Admission, Caller
from router.engine.expression import Expression, ExpressionError
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions

SECRET = "a secret that is long enough, really"


async def caller() -> Caller:
    token = jwt.encode({"sub": "Ada", "tenant": {"id": 7}, "exp": 4_000_000_000}, SECRET, "HS256")
    admission = Admission(JwtOptions((secret_key(SECRET),)))
    admitted = await admission.admit(
        {b"authorization": b"Bearer " + token.encode(), b"x-user": "Zoë".encode()}
    )
    return Caller(admitted.headers, admitted.claims, {"operation_name": "Shop"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'fixed'", "fixed"),
        ('"it\'s"', "it's"),
        ("request.header.x-user", "Zoë"),
        ("request.headers.X-User", "Zoë"),
        ('request.header["x-user"]', "Zoë"),
        ("request.header.nope", None),
        ("request.header.nope ?? claims.sub ?? 'nobody'", "Ada"),
        ("request.header.nope??'nobody'", "nobody"),
        ("lower(claims.sub) + '@' + upper(\"x\")", "ada@X"),
        ("claims.sub + request.header.nope", None),
        ("(claims.sub + request.header.nope) ?? 'none'", "none"),
        ("request.auth.claims.sub", "Ada"),
        ("claims.tenant.id", "7"),
        ("context.operation_name", "Shop"),
        ("context.request_id ?? '-'", "-"),
    ],
)
async def test_an_expression_gives_a_text_or_nothing(text: str, value: str | None) -> None:
    assert Expression(text).compiled()(await caller()) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "'open",
        "claims",
        "claims.",
        "request.header.",
        "context.secret",
        "__import__('os')",
        "env.HOME",
        "lower()",
        "lower('a'",
        "'a' 'b'",
        "'a' ??",
        "+ 'a'",
        "('a'",
        "'a')",
        "'a' == 'b'",
        "'a'; 'b'",
        "(" * 200 + "'a'" + ")" * 200,
        "'" + "a" * 3000 + "'",
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text)
