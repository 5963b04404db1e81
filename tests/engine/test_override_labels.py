"""Progressive overrides: who is on which side, and that plans are kept apart."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from router.config.model import RouterConfig
from router.config.options import engine_options
from router.config.problem import ConfigError
from router.engine.admission import Caller
from router.engine.override_labels import OverrideLabels, OverrideOptions
from router.federation.supergraph import read_supergraph
from router.planning.plan import QueryPlan
from tests.planning.plans import compose_sdls, plan_text

HEAD = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@override"])\n'


def sdl(label: str) -> str:
    return compose_sdls(
        (
            (
                "old",
                HEAD + 'type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! price: Int }',
            ),
            (
                "new",
                HEAD
                + 'type Thing @key(fields: "id") { id: ID!'
                + f' price: Int @override(from: "old", label: "{label}") }}',
            ),
        )
    )


def caller(**headers: str) -> Caller:
    return Caller({name.encode(): value.encode() for name, value in headers.items()})


def labels(label: str, options: OverrideOptions) -> OverrideLabels:
    return OverrideLabels(read_supergraph(sdl(label)), options)


def asked(plan: QueryPlan) -> list[str]:
    return [fetch.subgraph for fetch in plan.fetches]


def test_the_label_decides_who_is_asked() -> None:
    assert asked(plan_text(sdl("next"), "{ thing { price } }")) == ["old"]
    assert asked(plan_text(sdl("next"), "{ thing { price } }", frozenset({"next"}))) == ["old", "new"]


def test_an_unknown_label_is_off_and_a_fixed_one_is_what_it_is() -> None:
    assert labels("next", OverrideOptions()).enabled(caller()) == frozenset()
    assert labels("next", OverrideOptions({"next": True})).enabled(caller()) == {"next"}
    assert labels("percent(100)", OverrideOptions({"percent(100)": False})).enabled(caller()) == frozenset()


def test_nobody_and_everybody() -> None:
    for number in range(50):
        who = caller(user=str(number))
        assert labels("percent(0)", OverrideOptions()).enabled(who) == frozenset()
        assert labels("percent(100)", OverrideOptions()).enabled(who) == {"percent(100)"}


def test_a_share_sticks_to_the_caller() -> None:
    sticky = labels("percent(30)", OverrideOptions(sticky_header=b"user"))
    sides = {str(n): bool(sticky.enabled(caller(user=str(n)))) for n in range(2000)}
    assert all(bool(sticky.enabled(caller(user=user))) == side for user, side in sides.items())
    assert 500 < sum(sides.values()) < 700


def test_a_function_decides_first_and_may_leave_it() -> None:
    def decide(label: str, headers: Mapping[str, str], _claims: Mapping[str, object]) -> bool | None:
        return {"yes": True, "no": False}.get(headers.get("beta", ""))

    decided = labels("percent(100)", OverrideOptions(decide=decide))
    assert decided.enabled(caller(beta="no")) == frozenset()
    assert decided.enabled(caller(beta="yes")) == {"percent(100)"}
    assert decided.enabled(caller()) == {"percent(100)"}


def test_a_function_that_is_not_there_is_a_clear_error() -> None:
    config = RouterConfig.model_validate({"override_labels": {"function": "no_such_module:decide"}})
    with pytest.raises(ConfigError, match=r"override_labels\.function"):
        engine_options(config)
