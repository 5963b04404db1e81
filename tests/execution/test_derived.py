"""Requests that share answers share the work on them, and nothing else."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from router.execution.compile import CompiledPlan, compile_plan
from router.execution.context import Endpoint, ExecutionContext, Response
from router.execution.derived import derived
from router.execution.run import execute
from router.execution.subscription import respond
from router.planning.plan import QueryPlan
from router.transport.base import SharedValues, SubgraphRequest, SubgraphResponse
from router.transport.inflight import InFlightClient, TaskStarter
from tests.execution.plans import PlanBuilder, supergraph_of

SHOP = supergraph_of("""
type Query { products: [Product] }
type Subscription { sold: Product }
type Product { upc: ID! name: String! price: Int }
""")


def products(shown: str = "upc name price") -> QueryPlan:
    builder = PlanBuilder(SHOP, f"{{ products {{ {shown} }} }}")
    builder.root("a", "{ products { upc } }")
    builder.entities(
        "b", builder.entity("Product", "{ upc @key }", "{ name price }", ("products", "@")), after=(0,)
    )
    return builder.plan()


class Shop:
    """Answers when a gate opens, so that requests meet in flight."""

    def __init__(self) -> None:
        self.sent = 0
        self.name: str | None = "n"

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.sent += 1
        await asyncio.sleep(0.001)
        given = orjson.loads(request.body).get("variables", {}).get("representations")
        if given is None:
            return SubgraphResponse(200, (), b'{"data":{"products":[{"upc":"1"},{"upc":"2"}]}}')
        entities = [{"name": self.name, "price": int(one["upc"])} for one in given]
        return SubgraphResponse(200, (), orjson.dumps({"data": {"_entities": entities}}))

    async def close(self) -> None:
        """Nothing is open."""


async def ask(shop: Shop, *compiled: CompiledPlan, **options: Any) -> list[Response]:
    client = InFlightClient(TaskStarter(shop))
    to = {name: Endpoint(f"http://{name}/", **options) for name in "ab"}
    return await asyncio.gather(*(execute(one, ExecutionContext(client, to)) for one in compiled))


async def test_requests_that_share_their_answers_are_completed_once() -> None:
    shop, compiled = Shop(), compile_plan(products(), SHOP)
    responses = await ask(shop, compiled, compiled, compiled)
    assert shop.sent == 2
    assert responses[0].data == {
        "products": [{"upc": "1", "name": "n", "price": 1}, {"upc": "2", "name": "n", "price": 2}]
    }
    assert len({id(response.data_json) for response in responses}) == 1
    assert responses[0].data_json == orjson.dumps(responses[0].data)


OPEN = supergraph_of("""
type Query { items: [Item] }
type Item { id: ID! note: Any must: Int! }
scalar Any
""")


def items(shown: str) -> QueryPlan:
    builder = PlanBuilder(OPEN, f"{{ items {{ {shown} }} }}")
    builder.root("a", f"{{ items {{ {shown} }} }}")
    return builder.plan()


class Notes:
    """Everybody gets the same bytes: an item with a note of lists and objects, and one with a null too many."""

    async def send(self, _: SubgraphRequest) -> SubgraphResponse:
        await asyncio.sleep(0.001)
        good = {"id": "1", "note": {"a": [1, {"b": 2}]}, "must": 1}
        return SubgraphResponse(200, (), orjson.dumps({"data": {"items": [good, {**good, "must": None}]}}))

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("shown", ["id note", "id note must"], ids=["good", "with an error"])
async def test_what_one_request_does_to_its_data_no_other_sees(shown: str) -> None:
    client, compiled = InFlightClient(TaskStarter(Notes())), compile_plan(items(shown), OPEN)
    to = {"a": Endpoint("http://a/")}
    responses = await asyncio.gather(*(execute(compiled, ExecutionContext(client, to)) for _ in range(3)))
    texts = [orjson.dumps(response.as_dict()) for response in responses]
    assert len(set(texts)) == 1
    data = responses[0].data
    assert data is not None
    data["items"][0]["note"]["a"][1]["b"] = "changed"
    data["items"][0]["id"] = "changed"
    data["items"].clear()
    assert [orjson.dumps(response.as_dict()) for response in responses[1:]] == texts[1:]


async def test_other_operations_on_the_same_answers_get_what_they_asked_for() -> None:
    shop = Shop()
    plans = [compile_plan(products(shown), SHOP) for shown in ("upc", "price name", "upc")]
    responses = await ask(shop, *plans)
    assert shop.sent == 2
    assert [one.data["products"][0] for one in responses if one.data] == [
        {"upc": "1"},
        {"price": 1, "name": "n"},
        {"upc": "1"},
    ]


async def test_a_response_with_errors_is_made_for_each_request() -> None:
    shop, compiled = Shop(), compile_plan(products(), SHOP)
    shop.name = None
    first, second = await ask(shop, compiled, compiled)
    assert first is not second
    assert first.as_dict() == second.as_dict()
    assert [error.path for error in first.errors] == [("products", 0, "name"), ("products", 1, "name")]


async def test_answers_in_parts_are_not_taken_for_shared_ones() -> None:
    shop, compiled = Shop(), compile_plan(products(), SHOP)
    responses = await ask(shop, compiled, compiled, max_representations=1)
    assert shop.sent == 3
    assert responses[0] is not responses[1]
    assert responses[0].data == responses[1].data


async def test_events_that_share_their_entities_stay_apart() -> None:
    builder = PlanBuilder(SHOP, "subscription { sold { upc name } }")
    builder.root("a", "{ sold { upc price } }")
    builder.entities("b", builder.entity("Product", "{ upc @key }", "{ name }", ("sold",)), after=(0,))
    compiled, client = compile_plan(builder.plan(), SHOP), InFlightClient(TaskStarter(Shop()))
    to = {name: Endpoint(f"http://{name}/") for name in "ab"}

    async def events() -> AsyncIterator[dict[str, Any]]:
        yield {"data": {"sold": {"upc": "1", "price": 1}}}
        yield {"data": {"sold": {"upc": "1", "price": 2}}}

    given = [event async for event in events()]
    responses = await asyncio.gather(
        *(respond(compiled, ExecutionContext(client, to), event) for event in given)
    )
    assert responses[0] is not responses[1]
    assert responses[0].data == responses[1].data == {"sold": {"upc": "1", "name": "n"}}


MADE = supergraph_of("""
type Query { products: [Product] makers: [Maker] }
type Product { upc: ID! name: String! }
type Maker { id: ID! title: String! }
""")


class Made:
    """Two lists of entities, each completed elsewhere; a name says of what it is the name."""

    def __init__(self) -> None:
        self.sent = 0

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.sent += 1
        await asyncio.sleep(0.001)
        given = orjson.loads(request.body).get("variables", {}).get("representations")
        if given is None:
            return SubgraphResponse(200, (), b'{"data":{"products":[{"upc":"1"}],"makers":[{"id":"7"}]}}')
        entities = [
            {"name": orjson.dumps(one).decode(), "title": orjson.dumps(one).decode()} for one in given
        ]
        return SubgraphResponse(200, (), orjson.dumps({"data": {"_entities": entities}}))

    async def close(self) -> None:
        """Nothing is open."""


async def test_fetches_side_by_side_each_ask_for_their_own_entities() -> None:
    builder = PlanBuilder(MADE, "{ products { name } makers { title } }")
    builder.root("a", "{ products { upc } makers { id } }")
    product = builder.entity("Product", "{ upc @key }", "{ name }", ("products", "@"))
    maker = builder.entity("Maker", "{ id @key }", "{ title }", ("makers", "@"))
    builder.entities("b", product, after=(0,))
    builder.entities("c", maker, after=(0,))
    compiled, shop = compile_plan(builder.plan(), MADE), Made()
    client = InFlightClient(TaskStarter(shop))
    to = {name: Endpoint(f"http://{name}/") for name in "abc"}
    responses = await asyncio.gather(*(execute(compiled, ExecutionContext(client, to)) for _ in range(3)))
    assert shop.sent == 3
    for response in responses:
        assert response.data == {
            "products": [{"name": '{"__typename":"Product","upc":"1"}'}],
            "makers": [{"title": '{"__typename":"Maker","id":"7"}'}],
        }


def shared_response() -> SubgraphResponse:
    return SubgraphResponse(200, (), b"{}", SharedValues())


def context(*responses: SubgraphResponse | None) -> ExecutionContext:
    ctx = ExecutionContext(InFlightClient(TaskStarter(Made())), {})
    ctx.responses = list(responses)
    return ctx


def test_work_is_taken_only_where_every_answer_it_reads_is_the_same() -> None:
    program, first, second, other = object(), shared_response(), shared_response(), shared_response()
    place = derived("work", program, context(first, second), (0, 1))
    assert place is not None
    place.keep("done")
    for work, of, responses, fetches, found in (
        ("work", program, (first, second), (0, 1), "done"),
        ("work", program, (first, other), (0, 1), None),
        ("work", program, (first, None), (0, 1), None),
        ("work", program, (first, second), (0,), None),
        ("work", object(), (first, second), (0, 1), None),
        ("other", program, (first, second), (0, 1), None),
    ):
        place = derived(work, of, context(*responses), fetches)
        assert place is not None
        assert place.get() == found


def test_what_is_not_shared_or_went_wrong_has_no_place() -> None:
    first, alone = shared_response(), SubgraphResponse(200, (), b"{}")
    assert derived("work", object(), context(alone), (0,)) is None
    assert derived("work", object(), context(first, alone), (0, 1)) is None
    assert derived("work", object(), context(None), (0,)) is None
    for went_wrong in ("failures", "reported"):
        ctx = context(first)
        getattr(ctx, went_wrong).append(object())
        assert derived("work", object(), ctx, (0,)) is None


def test_what_work_was_made_from_lives_as_long_as_the_work() -> None:
    # Else another object could get the identity that is in its key.
    program, first, second = object(), shared_response(), shared_response()
    before = [sys.getrefcount(one) for one in (program, second)]
    place = derived("work", program, context(first, second), (0, 1))
    assert place is not None
    place.keep("done")
    del place
    assert [sys.getrefcount(one) for one in (program, second)] == [count + 1 for count in before]
