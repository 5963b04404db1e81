"""A plan that nobody needs is gone at once, without the collector of cycles, which a serving router rarely runs."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from router.execution.compile import compile_plan
from router.execution.context import ExecutionContext
from router.execution.run import execute
from router.planning.plan import QueryPlan
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import ScriptedClient, endpoints

SHOP = supergraph_of("""
type Query { products: [Product] node: Node first: Int }
interface Node { id: ID! }
type Product implements Node { id: ID! upc: ID! name: String! next: Product }
type User implements Node { id: ID! }
""")


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def entities() -> QueryPlan:
    builder = PlanBuilder(SHOP, "{ products { name } node { __typename id ... on Product { upc } } }")
    builder.root("a", "{ products { upc } node { __typename id ... on Product { upc } } }")
    builder.entities(
        "b", builder.entity("Product", "{ upc @key }", "{ name }", ("products", "@")), after=(0,)
    )
    return builder.plan()


def deep() -> QueryPlan:
    """So deep that the generated text has several functions that know each other."""
    text = "{ products " + "{ next " * 60 + "{ upc }" + " }" * 61
    builder = PlanBuilder(SHOP, text)
    builder.root("a", text)
    return builder.plan()


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("make", [entities, deep])
async def test_a_plan_is_gone_with_the_last_who_needs_it(make: Callable[[], QueryPlan]) -> None:
    compiled = compile_plan(make(), SHOP)
    program = compiled.program({})
    assert program is not None
    parts = [weakref.ref(one) for one in (program.root, program.completes, program.module)]
    client = ScriptedClient(
        {"a": [{"data": {"products": [{"upc": "1"}], "node": {"id": 5}}}], "b": [{"data": None}]}
    )
    response = await execute(compiled, ExecutionContext(client, endpoints(SHOP)))
    assert response.errors or make is deep
    del compiled, program, response, client
    assert [part() for part in parts] == [None] * len(parts)
