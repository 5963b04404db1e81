"""``python -m tests.benchmarks.bench_growth``: CPU and memory against the size of a response, without any network.

First one fetch of more and more objects, up to 50 MB; then 10,000 places with more and more distinct entities.
Milliseconds of this process's CPU; megabytes above what the process held before.
"""

from __future__ import annotations

import asyncio
import resource
from time import process_time
from typing import Any

import orjson

from router.execution.compile import CompiledPlan, compile_plan
from router.execution.context import ExecutionContext
from router.execution.run import execute
from router.planning.plan import QueryPlan
from router.transport.base import SubgraphRequest, SubgraphResponse
from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import endpoints

WORLD = supergraph_of("""
type Query { products: [Product] }
type Product { upc: ID! name: String! text: String price: Int maker: Maker }
type Maker { id: ID! name: String country: String }
""")
SIZES = (1_000, 10_000, 50_000, 250_000)
PLACES = 10_000


class Ready:
    """Answers with what it was given; entities by number."""

    def __init__(self, first: bytes) -> None:
        self._first = first

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        given = orjson.loads(request.body).get("variables", {}).get("representations")
        if given is None:
            return SubgraphResponse(200, (), self._first)
        entities = [{"name": f"Maker {one['id']}", "country": "somewhere"} for one in given]
        return SubgraphResponse(200, (), orjson.dumps({"data": {"_entities": entities}}))

    async def close(self) -> None:
        """Nothing is open."""


def one_fetch() -> QueryPlan:
    builder = PlanBuilder(WORLD, "{ products { upc name text price } }")
    builder.root("a", "{ products { upc name text price } }")
    return builder.plan()


def with_makers() -> QueryPlan:
    builder = PlanBuilder(WORLD, "{ products { upc maker { id name country } } }")
    builder.root("a", "{ products { upc maker { id } } }")
    maker = builder.entity("Maker", "{ id @key }", "{ name country }", ("products", "@", "maker"))
    builder.entities("b", maker, after=(0,))
    return builder.plan()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def timed(compiled: CompiledPlan, client: Ready) -> tuple[float, int]:
    """Best of three, in milliseconds, and the bytes of the response."""
    best, length = float("inf"), 0
    for _ in range(3):
        start = process_time()
        response = await execute(compiled, ExecutionContext(client, endpoints(WORLD)))
        length = len(orjson.dumps(response.data))
        best = min(best, (process_time() - start) * 1000)
    return best, length


async def main() -> None:
    before = peak_mb()
    products: list[dict[str, Any]]
    print("one fetch:    objects       MB   CPU ms    ms/MB  peak MB/MB")
    for size in SIZES:
        products = [
            {"upc": str(n), "name": f"Product {n}", "text": "x" * 140, "price": n} for n in range(size)
        ]
        body = orjson.dumps({"data": {"products": products}})
        del products
        spent, length = await timed(compile_plan(one_fetch(), WORLD), Ready(body))
        mb = length / 1e6
        print(f"{size:21,} {mb:8.1f} {spent:8.1f} {spent / mb:8.2f} {(peak_mb() - before) / mb:11.1f}")
    print(f"{PLACES:,} places:  distinct   CPU ms")
    for distinct in (1, 10, 100, 1_000, 10_000):
        products = [{"upc": str(n), "maker": {"id": str(n % distinct)}} for n in range(PLACES)]
        body = orjson.dumps({"data": {"products": products}})
        spent, _ = await timed(compile_plan(with_makers(), WORLD), Ready(body))
        print(f"{distinct:24,} {spent:8.1f}")


if __name__ == "__main__":
    asyncio.run(main())
