"""Operations that would spell out without bound are refused, and quickly."""

from __future__ import annotations

from tests.planning.plans import compose_sdls, plan_text

LINK = "https://specs.apollo.dev/federation/v2.3"
HEAD = f'extend schema @link(url: "{LINK}", import: ["@key", "@external", "@shareable"])'
KINDS = 12


def sdls() -> tuple[tuple[str, str], ...]:
    """Two subgraphs; each resolves ``next`` for every other implementation only, so none does as an interface."""

    def sdl(parity: int) -> str:
        types = (
            f'type T{number} implements Node @key(fields: "id")'
            f" {{ id: ID! next: Node {'' if number % 2 == parity else '@external'} }}"
            for number in range(KINDS)
        )
        return "\n".join(
            [HEAD, "type Query { node: Node @shareable }", "interface Node { id: ID! next: Node }", *types]
        )

    return ("even", sdl(0)), ("odd", sdl(1))


def nested(depth: int) -> str:
    return "{ node " + "{ next " * depth + "{ id }" + " }" * depth + " }"


def test_a_field_spelled_out_for_each_type_is_planned_while_that_stays_small() -> None:
    plan = plan_text(compose_sdls(sdls()), nested(1))
    assert not plan.unplannable
    assert {fetch.subgraph for fetch in plan.fetches} == {"even", "odd"}


def test_nested_interfaces_that_multiply_are_refused() -> None:
    plan = plan_text(compose_sdls(sdls()), nested(12))
    assert plan.fetches == ()
    assert "more than 20000 objects" in plan.unplannable[0]
