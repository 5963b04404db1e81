"""Conditions and channel templates of @eventSource: what they come to, and texts that are none."""

from __future__ import annotations

import pytest

from router.federation.event_expression import ChannelError, Condition, EventExpressionError, Template

VALUES = {
    "args": {"id": "7", "kinds": ["A", "B"], "in": {"region": "eu"}, "none": None, "flag": True},
    "claims": {"tenant": 7, "https://x/tenant.id": "dotted", "org": {"id": "o1"}, "roles": ["admin"]},
    "event": {"kind": "A", "total": {"amount": 12.5}, "vip": True},
}


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("args.id == claims.tenant", True),
        ("args.id != claims.tenant", False),
        ("args.nope == claims.nope", False),
        ("args.none == claims.nope", False),
        ("args.nope == null", True),
        ("args.none == null && claims.tenant != null", True),
        ("null == args.id", False),
        ("event.kind in args.kinds", True),
        ("event.kind in args.id", False),
        ("event.nope in args.kinds", False),
        ("'admin' in claims.roles", True),
        ("event.total.amount >= 12.5 && event.total.amount < 13", True),
        ("event.total.amount > 'a'", False),
        ("event.nope < 5", False),
        ("event != 5", True),
        ("event.vip", True),
        ("event.kind", False),
        ("event.vip == 1", False),
        ("!(event.vip && args.flag) || claims.org.id == 'o1'", True),
        ("!event.vip", False),
        ("false || true && false", False),
        ('args.in.region == "eu"', True),
    ],
)
def test_conditions(text: str, is_met: bool) -> None:
    assert Condition(text).compiled()(VALUES) is is_met


@pytest.mark.parametrize(
    "text",
    [
        "", "args", "args.", "user.id == 1", "args.id = 1", "args.id ==", "(true", "true)", "a b", "'open",
        "args.id == 1 == 2", "!" * 99 + "true", "(" * 99 + "true" + ")" * 99, "x" * 3000, "args.id; drop",
    ],
)  # fmt: skip
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(EventExpressionError):
        Condition(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("orders:{args.id}", "orders:7"),
        ("{claims.tenant}.{args.in.region}", "7.eu"),
        ("{args.flag}", "true"),
        ("{ claims.https://x/tenant.id }", "dotted"),
        ("fixed", "fixed"),
    ],
)
def test_templates(text: str, name: str) -> None:
    assert Template(text).filled(VALUES) == name


@pytest.mark.parametrize("text", ["", "{id}", "{event.kind}", "{args}", "a{", "a}", "{}", "{args.a b}"])
def test_what_is_no_template(text: str) -> None:
    with pytest.raises(EventExpressionError):
        Template(text)


@pytest.mark.parametrize("value", ["", None, "a:b", "a*", "a b", "a\n", "\0", 1.5, ["a"], {"a": 1}])
def test_a_value_names_no_channel_of_another_shape(value: object) -> None:
    with pytest.raises(ChannelError):
        Template("orders:{args.id}").filled({"args": {"id": value}})


def test_a_separator_is_refused_only_where_the_template_has_it() -> None:
    assert Template("orders:{args.id}").filled({"args": {"id": "a.b@c"}}) == "orders:a.b@c"
    with pytest.raises(ChannelError):
        Template("orders.{args.id}").filled({"args": {"id": "a.b"}})
