"""``__schema`` and ``__type`` beside other fields."""

from __future__ import annotations

from graphql import graphql_sync

from router.execution.compile import compile_plan
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import ScriptedClient, run

SHOP = supergraph_of("""
type Query { me: User secret: Int @inaccessible }
type User { id: ID! name: String @deprecated(reason: "old") }
""")
FIELDS = (
    "fragment F on __Type { name ... on __Type { fields(includeDeprecated: $old) { name type { ...G } } } } "
)
OPERATION = (
    "query ($name: String!, $old: Boolean, $x: Boolean!) { a: __typename"
    " s: __schema { queryType { name } types { name } }"
    " me { id __typename } __type(name: $name) { ...F kind @include(if: $x) } }"
    + FIELDS
    + "fragment G on __Type { kind }"
)


async def test_introspection_stands_among_other_fields_in_the_order_asked() -> None:
    builder = PlanBuilder(SHOP, OPERATION)
    builder.root("a", "{ me { id } }")
    client = ScriptedClient({"a": [{"data": {"me": {"id": "1"}}}] * 3})
    for variables in (
        {"name": "User", "old": True, "x": True},
        {"name": "User", "x": False},
        {"name": "None", "x": True},
    ):
        response = await run(builder.plan(), SHOP, client, variables)
        monolith = graphql_sync(SHOP.api_schema, OPERATION, {"me": {"id": "1"}}, variable_values=variables)
        assert response.as_dict() == {"data": monolith.data}
        assert response.data is not None
        assert list(response.data) == ["a", "s", "me", "__type"]


async def test_an_operation_without_a_fetch_asks_nobody() -> None:
    plan = PlanBuilder(
        SHOP, '{ __typename __schema { queryType { name } } t: __type(name: "User") { name } }'
    ).plan()
    response = await run(plan, SHOP, ScriptedClient({}))
    assert response.as_dict() == {
        "data": {"__typename": "Query", "__schema": {"queryType": {"name": "Query"}}, "t": {"name": "User"}}
    }


async def test_the_same_question_is_executed_once() -> None:
    plan = PlanBuilder(SHOP, "{ __schema { types { name fields { name } } } }").plan()
    compiled = compile_plan(plan, SHOP)
    again = compile_plan(plan, SHOP)
    programs = compiled.program({}), again.program({})
    assert programs[0] is not None
    assert programs[1] is not None
    first, second = programs[0].introspection, programs[1].introspection
    assert first is not None
    assert second is not None
    assert first.answer({}) is second.answer({})


async def test_the_root_met_again_answers_with_what_is_asked_there() -> None:
    operation = (
        '{ self { __schema { queryType { name } } t: __type(name: "User") { name } me { name } }'
        ' t: __type(name: "Query") { kind } }'
    )
    schema = supergraph_of("type Query { self: Query me: User } type User { name: String }")
    builder = PlanBuilder(schema, operation)
    builder.root("a", "{ self { me { name } } }")
    client = ScriptedClient({"a": [{"data": {"self": {"me": {"name": "Ann"}}}}]})
    response = await run(builder.plan(), schema, client)
    monolith = graphql_sync(schema.api_schema, operation, {"self": {"me": {"name": "Ann"}}})
    assert response.as_dict() == {"data": monolith.data}
