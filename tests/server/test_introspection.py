"""Introspection: on, off, or by rule, over HTTP and for those whose token says so."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from router.config.load import load_config
from router.config.options import engine_options
from router.config.problem import ConfigError
from router.engine.options import EngineOptions
from router.guards.claims import Claims
from router.guards.introspection import IntrospectionRule
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions, sign_token
from tests.server.test_http import ANSWER, NEWER, QUERY, code, served

SECRET = "a secret that is long enough, really"
ASKS = (
    {"query": "{ __schema { queryType { name } } }"},
    {"query": '{ ...F } fragment F on Query { t: __type(name: "Query") { name } }'},
)
RULE = IntrospectionRule(b"x-schema", b"open sesame", "roles", frozenset({"developer"}))


async def test_the_secret_or_the_claim_opens_the_schema() -> None:
    jwt = JwtOptions((secret_key(SECRET),))
    async with served(engine=EngineOptions(introspection=RULE, jwt=jwt)) as (client, _):
        developer, guest = (
            {"authorization": f"Bearer {sign_token({'roles': roles, 'exp': time.time() + 60}, SECRET)}"}
            for roles in (["developer"], ["guest"])
        )
        for ask in ASKS:
            for headers in ({"x-schema": "open sesame"}, developer):
                assert "data" in (await client.post("/graphql", json=ask, headers=headers)).json()
            for headers in ({}, {"x-schema": "open"}, guest):
                refused = await client.post("/graphql", json=ask, headers={**NEWER, **headers})
                assert (refused.status_code, code(refused)) == (403, "INTROSPECTION_REFUSED")
        # Nobody is kept from the rest.
        assert (await client.post("/graphql", json=QUERY)).json() == ANSWER
        assert (await client.post("/graphql", json={"query": "{ __typename }"})).json() == {
            "data": {"__typename": "Query"}
        }


async def test_it_is_off_for_everyone_where_told() -> None:
    async with served(engine=EngineOptions(allows_introspection=False)) as (client, _):
        for ask in ASKS:
            assert code(await client.post("/graphql", json=ask)) == "GRAPHQL_VALIDATION_FAILED"


def test_a_claim_is_a_text_or_a_list() -> None:
    for value, allowed in (
        ("developer", True),
        (["x", "developer"], True),
        ("dev", False),
        (None, False),
        (7, False),
    ):
        assert RULE.allows({}, Claims({"roles": value})) is allowed
    assert not RULE.allows({}, None)
    assert not IntrospectionRule(None, b"", "roles", frozenset({"a"})).allows({b"": b""}, None)


def test_the_key_is_a_switch_or_a_rule(tmp_path: Path) -> None:
    file = tmp_path / "olympus.yaml"

    def options(text: str) -> EngineOptions:
        file.write_text(f"supergraph:\n  introspection: {text}")
        return engine_options(load_config(file, {"S": "open sesame"}))

    assert not options("false").allows_introspection
    rule = options("{header: X-Schema, secret: '${env.S}', claim: roles, values: [developer]}").introspection
    assert rule == RULE
    assert "sesame" not in repr(rule)
    for text, told in (
        ("3", "FILE:2: supergraph.introspection: must be true or false"),
        ("{header: a}", "FILE:2: supergraph.introspection: header goes with secret, and claim with values"),
        ("{}", "FILE:2: supergraph.introspection: give header and secret, or claim and values"),
        ("{haeder: a}", 'FILE:2: unknown key "supergraph.introspection.haeder"; did you mean "header"?'),
    ):
        with pytest.raises(ConfigError) as caught:
            options(text)
        assert str(caught.value).replace(str(file), "FILE") == told
