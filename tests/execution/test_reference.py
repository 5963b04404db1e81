"""The compiled executor and the obvious one agree, on good answers and on the worst."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.execution.compile import CompiledPlan, compile_plan
from router.execution.completion import Completion
from router.execution.context import ExecutionContext, Response
from router.execution.gathering import gather_patiently
from router.execution.relocation import Relocation
from router.execution.run import execute
from router.planning.plan import QueryPlan
from router.transport.base import SubgraphRequest, SubgraphResponse
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.random_answers import RandomAnswers, with_odd_errors
from tests.execution.reference import Ask, Reference
from tests.execution.scripted import endpoints

WORLD = supergraph_of("""
type Query {
  users: [User] topProducts: [Product!]! product: Product! node: Node nodes: [[Node!]] search: [Hit] me: User!
}
type User implements Node {
  id: ID! name: String reviews: [Review!] favourite: Product kind: Kind kinds: [Kind!] home: Address
}
type Product implements Node {
  id: ID! upc: ID! sku: Int name: String! price: Price weight: Int stock: Int shipping: Float
  tags: [[String!]] maker: User!
}
type Secret implements Node @inaccessible { id: ID! code: Int }
type Review { id: ID! body: String! stars: Int product: Product author: User }
type Price { amount: Int! currency: Kind! note: Any }
type Address { street: String city: City! }
type City { name: String! size: Int }
interface Node { id: ID! }
union Hit = User | Product | Review
enum Kind { A B HIDDEN @inaccessible }
scalar Any
""")


def builder(operation: str) -> PlanBuilder:
    return PlanBuilder(WORLD, operation)


def deep_entities() -> QueryPlan:
    """Keys by value, the same entity at many places, two batches in one fetch, requires over two hops."""
    b = builder("""{
      users { id name reviews { id body product { upc name shipping reviews: maker { name } } } }
      topProducts { upc weight stock shipping maker { reviews { product { name stock } stars } } }
    }""")
    b.root("a", "{ users { id } }")
    b.root("b", "{ topProducts { upc weight maker { id } } }")
    product = "{ reviews { id body stars product { upc } } }"
    b.entities(
        "c",
        b.entity(
            "User",
            "{ id @key }",
            product,
            ("users", "@"),
            ("topProducts", "@", "maker"),
            alias="u",
            variable="us",
        ),
        after=(0, 1),
    )
    places = (
        ("users", "@", "reviews", "@", "product"),
        ("topProducts", "@", "maker", "reviews", "@", "product"),
    )
    b.entities(
        "b",
        b.entity(
            "Product",
            "{ upc @key }",
            '{ name weight stock maker @data(key: "reviews") { id } }',
            *places,
            alias="p",
        ),
        b.entity("Product", "{ upc @key }", "{ stock }", ("topProducts", "@"), alias="q", variable="r2"),
        after=(1, 2),
    )
    b.entities(
        "a",
        b.entity("User", "{ id @key }", "{ name }", ("users", "@"), alias="x", variable="r1"),
        b.entity("User", "{ id @key }", "{ name }", (*places[0], "reviews"), alias="y", variable="r2"),
        after=(0, 3),
    )
    b.entities(
        "d",
        b.entity("Product", "{ upc @key weight }", "{ shipping }", ("topProducts", "@"), *places),
        after=(1, 3),
    )
    return b.plan()


def abstract_types() -> QueryPlan:
    """Interfaces and unions, hidden types, wire keys that differ by type, type steps in paths."""
    b = builder("""{
      node { __typename id ... on User { name kind } ... on Product { name upc } }
      nodes { id ... on Product { stock } }
      search {
        __typename ... on User { kinds } ... on Product { price { amount currency note } } ... on Review { body }
      }
    }""")
    b.root(
        "a",
        """{ node { __typename id ... on User { kind } ... on Product { upc } }
             nodes {
               __typename ... on User { id } ... on Product { pid: id @data(key: "id") upc } ... on Secret { id }
             } }""",
    )
    b.root(
        "b",
        "{ search { __typename ... on User { id kinds } ... on Product { upc } ... on Review { id body } } }",
    )
    b.entities(
        "c",
        b.entity("User", "{ id @key }", "{ name }", ("node", ("User",)), alias="u", variable="us"),
        b.entity("Product", "{ upc @key }", "{ name }", ("node", ("Product",)), alias="p", variable="ps"),
        after=(0,),
    )
    b.entities(
        "d",
        b.entity(
            "Product",
            "{ upc @key }",
            "{ stock }",
            ("nodes", "@", "@", ("Product",)),
            alias="n",
            variable="ns",
        ),
        b.entity(
            "Product",
            "{ upc @key }",
            "{ price { amount currency note } }",
            ("search", "@", ("Product",)),
            alias="s",
            variable="ss",
        ),
        after=(0, 1),
    )
    return b.plan()


def shared_places() -> QueryPlan:
    """Two fetches at one place: objects, lists by index, and entities found from both."""
    b = builder("""{
      topProducts { upc sku name price { amount currency } tags maker { name home { street city { name size } } } }
      product { name shipping }
    }""")
    b.root(
        "a",
        "{ topProducts { upc sku price { amount } maker { id home { street city { name } } } } product { upc } }",
    )
    b.root("b", "{ topProducts { upc name tags price { currency } } }")
    b.entities(
        "c",
        b.entity("Product", "{ upc @key sku @key }", "{ weight stock }", ("topProducts", "@"), ("product",)),
        after=(0, 1),
    )
    b.entities(
        "d",
        b.entity(
            "Product",
            "{ upc @key price { amount @key currency } }",
            "{ shipping maker { name home { city { size } } } }",
            ("topProducts", "@"),
            alias="p",
            variable="ps",
        ),
        b.entity("Product", "{ upc @key }", "{ name shipping }", ("product",), alias="q", variable="qs"),
        after=(0, 1, 2),
    )
    return b.plan()


def interface_objects() -> QueryPlan:
    """The runtime type comes from the fetch that needs no knowledge of it."""
    b = builder(
        "{ node { __typename id ... on User { name } ... on Product { stock } } nodes { __typename id } }"
    )
    b.root("a", "{ node { id } nodes { id __typename } }")
    b.entities(
        "b",
        b.entity(
            "Node",
            "{ id @key }",
            "{ __typename ... on User { name } ... on Product { upc } }",
            ("node",),
            typename="Node",
        ),
        after=(0,),
    )
    b.entities("c", b.entity("Product", "{ upc @key }", "{ stock }", ("node", ("Product",))), after=(0, 1))
    return b.plan()


def nested_requirements() -> QueryPlan:
    """Representations with fields of their own, of one fetch and of two, under a condition and always."""
    b = builder("""query ($x: Boolean!) {
      users { id name @include(if: $x) home { street } favourite { upc shipping stock } }
      topProducts { name maker { id name kind } shipping tags }
    }""")
    b.root(
        "a", "{ users { id home { street city { name } } kinds favourite { upc tags price { amount } } } }"
    )
    b.root("b", "{ topProducts { upc tags price { amount note } maker { id home { city { name size } } } } }")
    home = "{ id @key home { street city { name size } } }"
    b.entities("c", b.entity("User", home, "{ name kind }", ("topProducts", "@", "maker")), after=(1,))
    b.entities(
        "d",
        b.entity(
            "User",
            "{ id @key kinds home { city { name @key } } }",
            "{ name }",
            ("users", "@"),
            alias="u",
            variable="us",
        ),
        b.entity(
            "Product",
            "{ upc @key tags price { amount note } }",
            "{ shipping name }",
            ("topProducts", "@"),
            alias="p",
            variable="ps",
        ),
        b.entity(
            "Product",
            "{ upc @key price { amount @key } }",
            "{ shipping stock }",
            ("users", "@", "favourite"),
            alias="q",
            variable="qs",
        ),
        after=(0, 1),
    )
    return b.plan()


PLANS: tuple[Callable[[], QueryPlan], ...] = (
    deep_entities,
    abstract_types,
    shared_places,
    interface_objects,
    nested_requirements,
)
VARIABLES = {"x": True}
COMPILED: dict[Any, CompiledPlan] = {make: compile_plan(make(), WORLD) for make in PLANS}


class RandomClient:
    """Puts the answers behind the client interface."""

    def __init__(self, plan: QueryPlan, answers: Ask) -> None:
        self._fetches = {fetch.operation: fetch for fetch in plan.fetches}
        self._answers = answers

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = orjson.loads(request.body)
        fetch = self._fetches[body["query"]]
        batches = [body["variables"][entity.variable] for entity in fetch.entities]
        return SubgraphResponse(200, (), orjson.dumps(self._answers(fetch, batches)))

    async def close(self) -> None:
        """Nothing is open."""


def run_compiled(compiled: CompiledPlan, answers: Ask) -> tuple[ExecutionContext, Response]:
    ctx = ExecutionContext(RandomClient(compiled.plan, answers), endpoints(WORLD), VARIABLES)
    return ctx, asyncio.run(execute(compiled, ctx))


@pytest.mark.parametrize("make", PLANS, ids=lambda make: make.__name__)
@given(seed=st.integers(0, 2**32), wrongness=st.sampled_from([0.0, 0.0, 0.01, 0.05, 0.2, 0.5]))
@settings(max_examples=60, deadline=None, derandomize=True)
@example(seed=0, wrongness=0.0)
def test_compiled_and_reference_agree(make: Callable[[], QueryPlan], seed: int, wrongness: float) -> None:
    compiled = COMPILED[make]
    answers = RandomAnswers(WORLD, seed, wrongness)
    ctx, response = run_compiled(compiled, answers)
    reference = Reference(compiled.plan, WORLD, lambda fetch, batches: roundtrip(answers(fetch, batches)))
    data = reference.execute()
    assert orjson.dumps(response.data) == orjson.dumps(data)
    program = compiled.program(VARIABLES)
    assert program is not None
    upstream = [error for _, error in Relocation(program.root, ctx).errors()]
    found = [(e.path, e.code) for e in response.errors if e not in upstream]
    assert sorted(found, key=repr) == sorted(reference.errors, key=repr)
    reported = {(e.path, e.code) for e in upstream if e.code == "NO"}
    assert reported == {(path, code) for _, path, code in reference.upstream if code == "NO"}
    assert len(ctx.failures) == len(reference.failures)


@pytest.mark.parametrize("make", PLANS, ids=lambda make: make.__name__)
@given(seed=st.integers(0, 2**32), wrongness=st.sampled_from([0.0, 0.02, 0.2]))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_patient_and_generated_functions_agree(
    make: Callable[[], QueryPlan], seed: int, wrongness: float
) -> None:
    compiled = COMPILED[make]
    program = compiled.program(VARIABLES)
    assert program is not None
    ctx, response = run_compiled(compiled, RandomAnswers(WORLD, seed, wrongness))
    completion = Completion(program.root, ctx, Relocation(program.root, ctx).errors())
    assert orjson.dumps(completion.complete()) == orjson.dumps(response.data)
    for fetch, generated in program.gathers.items():
        try:
            gathered, indices = generated(ctx.answers, ctx.found, ctx.indices, ctx.nulled), list(ctx.indices)
        except Exception:  # it may give up; the patient one may not
            gather_patiently(program.layout, program.root, fetch, ctx)
            continue
        patient = gather_patiently(program.layout, program.root, fetch, ctx)
        assert [set(seen) for seen in gathered] == [set(seen) for seen in patient]
        for mine, theirs in zip(indices, ctx.indices, strict=True):
            assert set(mine) == set(theirs)


@pytest.mark.parametrize("make", PLANS, ids=lambda make: make.__name__)
def test_good_answers_never_need_the_patient_functions(make: Callable[[], QueryPlan]) -> None:
    compiled = COMPILED[make]
    program = compiled.program(VARIABLES)
    assert program is not None
    for seed in range(20):
        ctx, response = run_compiled(compiled, RandomAnswers(WORLD, seed, 0.0))
        for generated in program.gathers.values():
            generated(ctx.answers, ctx.found, ctx.indices, ctx.nulled)
        if not response.errors:
            program.completes(ctx.answers, ctx.found, {}, Never())


@pytest.mark.parametrize("make", PLANS, ids=lambda make: make.__name__)
@given(seed=st.integers(0, 2**32), wrongness=st.sampled_from([0.0, 0.05, 0.3]))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_no_answer_is_too_odd_for_a_response(
    make: Callable[[], QueryPlan], seed: int, wrongness: float
) -> None:
    compiled = COMPILED[make]
    good, r = RandomAnswers(WORLD, seed, wrongness), random.Random(seed)
    ctx, response = run_compiled(compiled, lambda fetch, batches: with_odd_errors(good(fetch, batches), r))
    program = compiled.program(VARIABLES)
    assert program is not None
    orjson.dumps(response.as_dict())
    completion = Completion(program.root, ctx, Relocation(program.root, ctx).errors())
    assert orjson.dumps(completion.complete()) == orjson.dumps(response.data)


class Never:
    """Good answers need no patience."""

    def value(self, *_: Any) -> Any:
        raise AssertionError

    null = value


def roundtrip(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


def test_the_same_plan_gives_the_same_source() -> None:
    for make in PLANS:
        assert compile_plan(make(), WORLD).source == COMPILED[make].source
