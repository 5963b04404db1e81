"""What crosses to a subgraph is what a rule names, and nothing else."""

from __future__ import annotations

import re

import pytest

from router.engine.admission import Caller
from router.engine.header_rules import (
    NEVER_FORWARDED,
    CompiledHeaderRules,
    HeaderRule,
    Insert,
    InsertFromClaim,
    PropagateMatching,
    PropagateNamed,
    Remove,
)
from router.guards.claims import Claims


def sent(*rules: HeaderRule, claims: Claims | None = None, **headers: bytes) -> dict[bytes, bytes]:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return dict(CompiledHeaderRules(rules).headers(Caller(named, claims)))


def test_without_rules_nothing_crosses() -> None:
    assert sent(authorization=b"secret", cookie=b"a=1") == {}


def test_a_named_header_crosses_under_its_own_or_another_name() -> None:
    assert sent(PropagateNamed(b"x-a"), x_a=b"1", x_b=b"2") == {b"x-a": b"1"}
    assert sent(PropagateNamed(b"x-a", rename=b"x-c"), x_a=b"1") == {b"x-c": b"1"}
    assert sent(PropagateNamed(b"x-a")) == {}
    assert sent(PropagateNamed(b"x-a", default=b"0")) == {b"x-a": b"0"}
    assert sent(PropagateNamed(b"x-a", default=b"0"), x_a=b"") == {b"x-a": b""}


def test_a_pattern_matches_whole_names_and_never_those_of_the_connection() -> None:
    every = {name.decode().replace("-", "_"): b"1" for name in NEVER_FORWARDED}
    assert sent(PropagateMatching(re.compile(".*")), **every, x_a=b"1") == {b"x-a": b"1"}
    assert sent(PropagateMatching(re.compile("x")), x_a=b"1") == {}


def test_what_is_inserted_replaces_what_the_caller_sent() -> None:
    everything = PropagateMatching(re.compile(".*"))
    assert sent(everything, Insert(b"x-a", b"router"), x_a=b"forged") == {b"x-a": b"router"}
    rule = InsertFromClaim(b"x-tenant", "tenant", b"acme")
    claims = Claims({"tenant": "globex"})
    assert sent(everything, rule, claims=claims, x_tenant=b"forged") == {b"x-tenant": b"globex"}


@pytest.mark.parametrize(
    "claims", [{}, {"tenant": {"a": 1}}, {"tenant": "a\r\nx-admin: 1"}, {"tenant": None}]
)
def test_a_token_without_a_usable_claim_sends_neither_default_nor_forgery(claims: dict[str, object]) -> None:
    rules = PropagateMatching(re.compile(".*")), InsertFromClaim(b"x-tenant", "tenant", b"acme")
    assert sent(*rules, claims=Claims(claims), x_tenant=b"forged") == {}


def test_without_a_token_the_default_is_sent() -> None:
    assert sent(InsertFromClaim(b"x-tenant", "tenant", b"acme"), x_tenant=b"forged") == {b"x-tenant": b"acme"}


def test_what_was_set_can_be_removed_and_set_again() -> None:
    rules = Insert(b"x-a", b"1"), Insert(b"x-b", b"1"), Remove(re.compile("x-.*")), Insert(b"x-b", b"2")
    assert sent(*rules) == {b"x-b": b"2"}


@pytest.mark.parametrize(
    "later",
    [
        PropagateMatching(re.compile(".*")),
        PropagateNamed(b"x-tenant"),
        PropagateNamed(b"x-own", rename=b"x-tenant"),
        PropagateNamed(b"x-own", rename=b"x_tenant"),
    ],
)
@pytest.mark.parametrize("tenant", ["globex", None])
def test_no_rule_lets_a_caller_say_what_its_token_says(later: HeaderRule, tenant: str | None) -> None:
    rule = InsertFromClaim(b"x-tenant", "tenant")
    claims = Claims({} if tenant is None else {"tenant": tenant})
    expected = {} if tenant is None else {b"x-tenant": tenant.encode()}
    for rules in ((rule, later), (later, rule)):
        headers = {b"x-tenant": b"forged", b"x_tenant": b"forged", b"x-own": b"forged"}
        sent_on = dict(CompiledHeaderRules(rules).headers(Caller(headers, claims)))
        sent_on.pop(b"x-own", None)
        assert sent_on == expected
