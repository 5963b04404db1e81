"""``python -m tests.benchmarks.bench_execution``: what one answer of some 80 kB costs, without any network.

The shape is the public benchmark's: users and products, reviews below both three levels deep, seven batches in
six fetches.  Microseconds of this process's CPU, the best of many rounds; ``loads`` and ``dumps`` for scale.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from time import process_time
from typing import Any

import orjson

from router.execution.compile import compile_plan
from router.execution.completion import Completion
from router.execution.context import ExecutionContext
from router.execution.run import execute
from router.planning.plan import QueryPlan
from router.transport.base import SubgraphRequest, SubgraphResponse
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import endpoints

WORLD = supergraph_of("""
type Query { users: [User] topProducts: [Product] }
type User { id: ID! name: String username: String reviews: [Review] }
type Product {
  upc: String! name: String price: Int weight: Int inStock: Boolean shippingEstimate: Int reviews: [Review]
}
type Review { id: ID! body: String product: Product author: User }
""")
PRODUCT = "inStock name price shippingEstimate upc weight"
AUTHOR = f"author {{ id username name reviews {{ id body product {{ {PRODUCT} }} }} }}"
OPERATION = f"""{{
  users {{ id username name reviews {{ id body product {{ {PRODUCT} reviews {{ id body {AUTHOR} }} }} }} }}
  topProducts {{ {PRODUCT} reviews {{ id body {AUTHOR} }} }}
}}"""
BELOW = "reviews { id body author { id username reviews { id body product { upc } } } }"


def plan() -> QueryPlan:
    b = PlanBuilder(WORLD, OPERATION)
    b.root("a", "{ users { id username name } }")
    b.root("b", "{ topProducts { upc name price weight } }")
    b.entities(
        "c",
        b.entity(
            "User", "{ id @key }", f"{{ reviews {{ id body product {{ upc {BELOW} }} }} }}", ("users", "@")
        ),
        b.entity("Product", "{ upc @key }", f"{{ {BELOW} }}", ("topProducts", "@"), alias="p", variable="ps"),
        after=(0, 1),
    )
    top = ("topProducts", "@")
    first = ("users", "@", "reviews", "@", "product")
    author = ("reviews", "@", "author")
    products = (
        first,
        (*first, *author, "reviews", "@", "product"),
        (*top, *author, "reviews", "@", "product"),
    )
    b.entities("b", b.entity("Product", "{ upc @key }", "{ name price weight }", *products), after=(0, 1, 2))
    b.entities(
        "a", b.entity("User", "{ id @key }", "{ name }", (*first, *author), (*top, *author)), after=(0, 1, 2)
    )
    estimates = "{ inStock shippingEstimate }"
    b.entities(
        "d", b.entity("Product", "{ upc @key price weight }", estimates, top, *products), after=(0, 1, 2, 3)
    )
    return b.plan()


def review(number: int, below: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(number), "body": f"Words about a thing, number {number}, that someone bought.", **below}


def product_reviews(upc: int) -> list[Any]:
    short = [review(n, {"product": {"upc": str(n)}}) for n in (1, 2)]
    author = {"id": "1", "username": "someone", "reviews": short}
    return [review(upc * 10 + n, {"author": author}) for n in range(8)]


def entity(representation: dict[str, Any], has_reviews: bool) -> dict[str, Any]:
    if representation["__typename"] == "User" and has_reviews:
        products = [{"upc": str(n), "reviews": product_reviews(n)} for n in (1, 2)]
        return {"reviews": [review(n, {"product": p}) for n, p in enumerate(products)]}
    if representation["__typename"] == "User":
        return {"name": "A Name"}
    upc = int(representation["upc"])
    if has_reviews:
        return {"reviews": product_reviews(upc)}
    if "price" in representation:
        return {"inStock": True, "shippingEstimate": 50}
    return {"name": f"Product {upc}", "price": 899, "weight": 100}


class ReadyClient:
    """Answers at once, from what it answered before."""

    def __init__(self) -> None:
        self.answers: dict[bytes, SubgraphResponse] = {}

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        answer = self.answers.get(request.body)
        if answer is None:
            answer = self.answers[request.body] = SubgraphResponse(
                200, (), self._answer(orjson.loads(request.body))
            )
        return answer

    def _answer(self, body: dict[str, Any]) -> bytes:
        variables = body.get("variables")
        if not variables:
            users = [{"id": str(n), "username": f"user{n}", "name": f"User {n}"} for n in range(6)]
            tops = [{"upc": str(n), "name": f"P {n}", "price": 5, "weight": 6} for n in range(1, 6)]
            return orjson.dumps(
                {"data": {"users": users} if "users" in body["query"] else {"topProducts": tops}}
            )
        names = {"representations": "_entities", "ps": "p"}
        has_reviews = len(variables) == 2
        lists = {names[name]: [entity(r, has_reviews) for r in given] for name, given in variables.items()}
        return orjson.dumps({"data": lists})

    async def close(self) -> None:
        """Nothing is open."""


def best(work: Callable[[], Any], count: int = 20, rounds: int = 15) -> float:
    """Microseconds of CPU of one call."""
    times = []
    for _ in range(rounds):
        start = process_time()
        for _ in range(count):
            work()
        times.append((process_time() - start) / count * 1e6)
    return min(times)


class Never:
    """Good answers need no patience."""

    def value(self, *_: Any) -> Any:
        raise AssertionError

    null = value


async def main() -> None:
    compiled, client = compile_plan(plan(), WORLD), ReadyClient()
    program = compiled.program({})
    assert program is not None
    ctx = ExecutionContext(client, endpoints(WORLD))
    response = await execute(compiled, ctx)
    bodies = [answer.body for answer in client.answers.values()]
    gc.collect()
    gc.freeze()
    print(
        f"answer {len(orjson.dumps(response.data))} bytes, errors {len(response.errors)}, fetches {len(bodies)}"
    )
    print(f"loads     {best(lambda: [orjson.loads(body) for body in bodies]):8.1f} us")
    for fetch, gather in program.gathers.items():
        print(
            f"gather {fetch}  {best(lambda g=gather: g(ctx.answers, ctx.found, ctx.indices, ctx.nulled)):8.1f} us"
        )
    print(f"complete  {best(lambda: program.completes(ctx.answers, ctx.found, {}, Never())):8.1f} us")
    print(f"patiently {best(lambda: Completion(program.root, ctx, []).complete(), 2):8.1f} us")
    print(f"dumps     {best(lambda: orjson.dumps(response.data)):8.1f} us")
    times = []
    for _ in range(15):
        start = process_time()
        for _ in range(20):
            await execute(compiled, ExecutionContext(client, endpoints(WORLD)))
        times.append((process_time() - start) / 20 * 1e6)
    print(f"execute   {min(times):8.1f} us, loads and all")


if __name__ == "__main__":
    asyncio.run(main())
