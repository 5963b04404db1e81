"""Entity fetches of one tick, joined: each request gets what it would have got alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.errors import SubgraphError, SubgraphTimeoutError
from router.execution.compile import CompiledPlan, compile_plan
from router.execution.context import Endpoint, ExecutionContext, Response
from router.execution.run import execute
from router.planning.plan import QueryPlan
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.dataloader import TickLoader
from router.transport.inflight import InFlightClient, TaskStarter
from tests.execution.plans import PlanBuilder, supergraph_of

SHOP = supergraph_of("""
type Query { products: [Product] users: [User] }
type Product { upc: ID! name: String! price: Int }
type User { id: ID! name: String }
""")


def plan() -> QueryPlan:
    builder = PlanBuilder(SHOP, "{ products { upc name price } users { name } }")
    builder.root("a", "{ products { upc } users { id } }")
    builder.entities(
        "b",
        builder.entity("Product", "{ upc @key }", "{ name price }", ("products", "@")),
        builder.entity("User", "{ id @key }", "{ name }", ("users", "@"), alias="u", variable="us"),
        after=(0,),
    )
    return builder.plan()


PLAN: CompiledPlan = compile_plan(plan(), SHOP)
Answer = Callable[[dict[str, Any]], Any]


def good(body: dict[str, Any]) -> Any:
    variables = body["variables"]
    return {
        "data": {
            "_entities": [{"name": f"p{one['upc']}", "price": 1} for one in variables["representations"]],
            "u": [{"name": f"u{one['id']}"} for one in variables["us"]],
        }
    }


class Shop:
    """Root fetches name the products and users that the caller's address says; ``b`` answers by script."""

    def __init__(self, answer: Answer = good) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.cancelled = 0

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        if request.subgraph == "a":
            products, _, users = request.url.removeprefix("http://a/").partition("/")
            data = {"products": [{"upc": one} for one in products], "users": [{"id": one} for one in users]}
            return SubgraphResponse(200, (), orjson.dumps({"data": data}))
        body = orjson.loads(request.body)
        self.asked.append(body["variables"])
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        answered = self.answer(body)
        if isinstance(answered, SubgraphError):
            raise answered
        return SubgraphResponse(200, (), answered if type(answered) is bytes else orjson.dumps(answered))

    async def close(self) -> None:
        """Nothing is open."""


def context(
    shop: Any, asks: str, loader: TickLoader | None, who: str = "", **options: Any
) -> ExecutionContext:
    to = {
        "a": Endpoint(f"http://a/{asks}"),
        "b": Endpoint("http://b/", ((b"x", who.encode()),), joins_entities=loader is not None, **options),
    }
    return ExecutionContext(shop, to, loader=loader)


async def ask(shop: Any, *asks: str, **options: Any) -> list[Response]:
    loader = TickLoader()
    return await asyncio.gather(*(execute(PLAN, context(shop, one, loader, **options)) for one in asks))


async def alone(answer: Answer, asks: str) -> Response:
    return await execute(PLAN, context(Shop(answer), asks, None))


def names(response: Response) -> tuple[list[Any], list[Any]]:
    assert response.data is not None
    return [one["name"] for one in response.data["products"]], [one["name"] for one in response.data["users"]]


async def test_requests_of_one_tick_ask_for_each_entity_once() -> None:
    shop = Shop()
    responses = await ask(shop, "12/7", "231/", "/78", "/")
    assert [names(one) for one in responses] == [
        (["p1", "p2"], ["u7"]),
        (["p2", "p3", "p1"], []),
        ([], ["u7", "u8"]),
        ([], []),
    ]
    (asked,) = shop.asked
    assert [one["upc"] for one in asked["representations"]] == ["1", "2", "3"]
    assert [one["id"] for one in asked["us"]] == ["7", "8"]


async def test_callers_with_other_headers_are_never_joined() -> None:
    shop, loader = Shop(), TickLoader()
    await asyncio.gather(*(execute(PLAN, context(shop, "1/", loader, who)) for who in ("x", "y", "x")))
    assert len(shop.asked) == 2


async def test_joined_requests_stay_below_the_cap() -> None:
    shop = Shop()
    responses = await ask(shop, "12/", "23/", "34/", "123456/", max_representations=3)
    assert [names(one)[0] for one in responses] == [
        ["p1", "p2"],
        ["p2", "p3"],
        ["p3", "p4"],
        [f"p{n}" for n in range(1, 7)],
    ]
    assert sorted(len(one["representations"]) for one in shop.asked) == [2, 3, 3, 3]


async def test_a_subgraph_that_fails_fails_for_all_who_asked() -> None:
    for error in (SubgraphTimeoutError("b", "late"), b"<html>"):
        shop = Shop(lambda _, error=error: error)  # type: ignore[misc]  # bound early
        responses = await ask(shop, "1/", "2/")
        assert [len(one.errors) for one in responses] == [1, 1]
        assert len(shop.asked) == 1


async def test_who_leaves_harms_no_other_and_the_last_stops_the_request() -> None:
    shop, loader = Shop(), TickLoader()
    shop.open.clear()
    tasks = [asyncio.create_task(execute(PLAN, context(shop, one, loader))) for one in ("1/", "2/")]
    while not shop.asked:
        await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)
    assert shop.cancelled == 0
    shop.open.set()
    assert names(await tasks[1]) == (["p2"], [])
    shop.open.clear()
    tasks = [asyncio.create_task(execute(PLAN, context(shop, one, loader))) for one in ("1/", "2/")]
    while len(shop.asked) < 2:
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5):
        while not shop.cancelled:
            await asyncio.sleep(0)


async def test_each_waits_no_longer_than_its_own_deadline() -> None:
    shop, loader = Shop(), TickLoader()
    shop.open.clear()
    hasty, calm = context(shop, "1/", loader), context(shop, "2/", loader)
    hasty.deadline_s = asyncio.get_running_loop().time() + 0.05
    task = asyncio.create_task(execute(PLAN, calm))
    response = await execute(PLAN, hasty)
    assert [error.code for error in response.errors] == ["SUBGRAPH_TIMEOUT"]
    assert not task.done()
    shop.open.set()
    assert names(await task) == (["p2"], [])


async def test_joined_requests_are_shared_in_flight_too() -> None:
    shop = Shop()
    client = InFlightClient(TaskStarter(shop))
    responses = await ask(client, "12/", "12/", "1/")
    assert [names(one)[0] for one in responses] == [["p1", "p2"], ["p1", "p2"], ["p1"]]
    assert len(shop.asked) == 1


def odd(seed: int) -> Answer:
    """Wrong for some entities, the same for the same entity whoever asks with whom."""

    def answer(body: dict[str, Any]) -> Any:
        result = good(body)
        errors: list[Any] = []
        for alias, variable, key in (("_entities", "representations", "upc"), ("u", "us", "id")):
            for index, one in enumerate(body["variables"][variable]):
                r = random.Random(f"{seed} {alias} {one[key]}")
                kind = r.randrange(7)
                if kind == 0:
                    result["data"][alias][index] = r.choice([None, {"name": None}, {"name": 5}, {}])
                elif kind == 1:
                    result["data"][alias][index] = None
                if kind in (1, 2):
                    path = [alias, index, *r.choice([[], ["name"], ["price"]])]
                    errors.append({"message": f"no {one[key]}", "path": path, "extensions": {"code": "NO"}})
        return {**result, "errors": errors} if errors else result

    return answer


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_each_gets_what_it_would_have_got_alone(seed: int) -> None:
    r = random.Random(seed)
    asks = ["".join(r.sample("123456", r.randrange(5))) + "/" + r.choice(["", "7", "78"]) for _ in range(4)]

    async def both() -> tuple[list[Response], list[Response]]:
        joined = await ask(Shop(odd(seed)), *asks)
        return joined, [await alone(odd(seed), one) for one in asks]

    joined, single = asyncio.run(both())
    for mine, theirs in zip(joined, single, strict=True):
        assert orjson.dumps(mine.data) == orjson.dumps(theirs.data)
        # In the order of what was sent, which is not everybody's own.
        assert sorted(map(repr, mine.errors)) == sorted(map(repr, theirs.errors))


@pytest.mark.parametrize("wrong", [-1, 1, 2])
async def test_a_list_of_the_wrong_length_is_wrong_for_all(wrong: int) -> None:
    def answer(body: dict[str, Any]) -> Any:
        result = good(body)
        entities = result["data"]["_entities"]
        result["data"]["_entities"] = entities[:wrong] if wrong < 0 else entities + [{"name": "x"}] * wrong
        return result

    responses = await ask(Shop(answer), "12/7", "3/7")
    for response in responses:
        assert [error.code for error in response.errors] == ["SUBGRAPH_INVALID_RESPONSE"]
        assert response.data is not None
        assert set(response.data["products"]) == {None}
        assert response.data["users"] == [{"name": "u7"}]


async def test_an_error_that_took_all_entities_with_it_is_told_to_all() -> None:
    def answer(_: dict[str, Any]) -> Any:
        error = {"message": "no", "path": ["_entities", 1, "name"], "extensions": {"code": "NO"}}
        return {"data": None, "errors": [error]}

    first, second = await ask(Shop(answer), "1/", "2/")
    assert [(error.code, error.path) for error in first.errors] == [("NO", ("products", 0))]
    assert [(error.code, error.path) for error in second.errors] == [("NO", ("products", 0, "name"))]
