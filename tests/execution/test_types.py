"""Runtime types: those nobody asked for, those that are not shown everywhere, and those left out of a fetch."""

from __future__ import annotations

from dataclasses import replace

from router.language.operation import Condition
from router.planning.plan import Representation
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import ScriptedClient, run

WORLD = supergraph_of("""
type Query { rival: Account hits: [Hit] first: Hit! accounts: [Account!] }
interface Account { id: ID! post: String rank: Int }
type Admin implements Account { id: ID! post: String! rank: Int secret: Int }
type Member implements Account { id: ID! post: String rank: Int }
union Hit = Admin | Member
""")


async def test_objects_whose_runtime_type_nobody_asked_for_are_completed_by_their_interface() -> None:
    builder = PlanBuilder(WORLD, "{ accounts { id post } }")
    builder.root("a", "{ accounts { id } }")
    builder.entities(
        "b",
        builder.entity("Account", "{ id @key }", "{ post }", ("accounts", "@"), typename="Account"),
        after=(0,),
    )
    client = ScriptedClient(
        {
            "a": [{"data": {"accounts": [{"id": "1"}, {"id": "2"}]}}],
            "b": [{"data": {"_entities": [{"post": "p"}, {"post": None}]}}],
        }
    )
    response = await run(builder.plan(), WORLD, client)
    assert response.as_dict() == {"data": {"accounts": [{"id": "1", "post": "p"}, {"id": "2", "post": None}]}}


async def test_an_object_of_a_type_that_is_not_shown_at_its_place_is_null_without_an_error() -> None:
    builder = PlanBuilder(WORLD, "{ hits { ... on Admin { id } ... on Member { id } } }")
    builder.root("a", "{ hits { __typename ... on Admin { id } ... on Member { id } } }")
    plan = replace(builder.plan(), shown_types=((("hits", "@"), ("Member",)),))
    hits = [{"__typename": "Admin", "id": "1"}, {"__typename": "Member", "id": "2"}]
    response = await run(plan, WORLD, ScriptedClient({"a": [{"data": {"hits": hits}}]}))
    assert response.as_dict() == {"data": {"hits": [None, {"id": "2"}]}}


async def test_a_type_that_is_not_shown_rises_as_any_null_where_none_may_stand() -> None:
    builder = PlanBuilder(WORLD, "{ first { ... on Admin { id } } }")
    builder.root("a", "{ first { __typename ... on Admin { id } } }")
    plan = replace(builder.plan(), shown_types=((("first",), ("Member",)),))
    answer = {"data": {"first": {"__typename": "Admin", "id": "1"}}}
    response = await run(plan, WORLD, ScriptedClient({"a": [answer]}))
    assert response.data is None
    assert [(e.path, e.code) for e in response.errors] == [(("first",), "SUBGRAPH_NULL_VALUE")]


async def test_objects_of_a_type_are_left_out_while_their_requirement_does_not_hold() -> None:
    builder = PlanBuilder(
        WORLD, "query ($x: Boolean!) { accounts { id ... on Admin @include(if: $x) { secret } rank } }"
    )
    builder.root("a", "{ accounts { __typename id } }")
    entity = builder.entity(
        "Account", "{ id @key }", "{ rank ... on Admin { secret } }", ("accounts", "@"), typename="Account"
    )
    selections = entity.representations[0].selections
    entity = replace(
        entity,
        representations=(
            Representation(("Admin",), "Admin", selections, ((Condition("x", is_include=True),),)),
            Representation(("Member",), "Member", selections),
        ),
    )
    builder.entities("b", entity, after=(0,))
    accounts = [{"__typename": "Admin", "id": "1"}, {"__typename": "Member", "id": "2"}]
    for x, asked in ((True, ["Admin", "Member"]), (False, ["Member"])):
        entities = [{"rank": 1, "secret": 2}, {"rank": 3}][-len(asked) :]
        client = ScriptedClient(
            {"a": [{"data": {"accounts": accounts}}], "b": [{"data": {"_entities": entities}}]}
        )
        response = await run(builder.plan(), WORLD, client, {"x": x})
        assert [one["__typename"] for one in client.representations(1)] == asked
        assert not response.errors
        assert response.data is not None
        assert [one["rank"] for one in response.data["accounts"]] == [1 if x else None, 3]
