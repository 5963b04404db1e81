"""Ten thousand requests of many identities at once, sharing on: nobody sees what is another's."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import orjson
import pytest

from router.execution.compile import CompiledPlan, compile_plan
from router.execution.context import Endpoint, ExecutionContext
from router.execution.run import execute
from router.planning.plan import QueryPlan
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.dataloader import TickLoader
from router.transport.exchange import Deliver
from router.transport.inflight import InFlightClient
from tests.execution.plans import PlanBuilder, supergraph_of

REQUESTS = 10_000
IDENTITIES = 400
AT_ONCE = 1_000

WORLD = supergraph_of("""
type Query { accounts: [Account] me: Person }
type Account { id: ID! owner: String! limit: Int! }
type Person { name: String! account: Account }
""")


def accounts() -> QueryPlan:
    builder = PlanBuilder(WORLD, "{ accounts { id owner limit } }")
    builder.root("a", "{ accounts { id } }")
    builder.entities(
        "b", builder.entity("Account", "{ id @key }", "{ owner limit }", ("accounts", "@")), after=(0,)
    )
    return builder.plan()


def me() -> QueryPlan:
    builder = PlanBuilder(WORLD, "{ me { name account { id owner } } }")
    builder.root("a", "{ me { name account { id } } }")
    builder.entities(
        "b", builder.entity("Account", "{ id @key }", "{ owner }", ("me", "account")), after=(0,)
    )
    return builder.plan()


class Bank:
    """Answers a little later, by who asks; the same accounts exist for everybody, with other contents."""

    def __init__(self) -> None:
        self.random = random.Random(5)
        self.begun = 0
        self.abandoned = 0

    def begin(self, request: SubgraphRequest, deliver: Deliver) -> Pending:
        self.begun += 1
        loop, who = asyncio.get_running_loop(), request.headers[0][1].decode()
        pending = Pending(self)

        def answer(turns: int) -> None:
            if turns:
                loop.call_soon(answer, turns - 1)
            elif not pending.is_abandoned:
                deliver(SubgraphResponse(200, (), self.answer(request, who)))

        loop.call_soon(answer, self.random.randrange(4))
        return pending

    def answer(self, request: SubgraphRequest, who: str) -> bytes:
        body = orjson.loads(request.body)
        given = body.get("variables", {}).get("representations")
        if given is not None:
            limit = int(who.removeprefix("p"))
            entities = [{"owner": who, "limit": limit} for _ in given]
            if not is_unlucky(who):
                return orjson.dumps({"data": {"_entities": entities}})
            error = {"message": f"{who} is unlucky", "path": ["_entities", 0, "owner"]}
            entities[0]["owner"] = None  # type: ignore[assignment]
            return orjson.dumps({"data": {"_entities": entities}, "errors": [error]})
        if "me" in body["query"]:
            return orjson.dumps({"data": {"me": {"name": who, "account": {"id": "1"}}}})
        return b'{"data":{"accounts":[{"id":"1"},{"id":"2"}]}}'

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        raise AssertionError("only mutations are sent")

    async def close(self) -> None:
        """Nothing is open."""


class Pending:
    """One answer under way."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.is_abandoned = False

    def abandon(self) -> None:
        self.is_abandoned = True
        self.bank.abandoned += 1


def is_unlucky(who: str) -> bool:
    """Whether the first account asked about is one the subgraph does not tell the owner of."""
    return who.endswith("7")


def expected(plan: str, who: str) -> tuple[dict[str, Any], list[str]]:
    messages = [f"{who} is unlucky"] if is_unlucky(who) else []
    if plan == "me":
        return {"me": {"name": who, "account": None if messages else {"id": "1", "owner": who}}}, messages
    account = {"owner": who, "limit": int(who.removeprefix("p"))}
    return {"accounts": [None if messages else {"id": "1", **account}, {"id": "2", **account}]}, messages


@pytest.mark.parametrize("joins", [False, True], ids=["shared", "shared and joined"])
async def test_no_request_sees_what_is_another_identitys(joins: bool) -> None:
    bank, r, loader = Bank(), random.Random(11), TickLoader()
    client = InFlightClient(bank)
    compiled: dict[str, CompiledPlan] = {
        "accounts": compile_plan(accounts(), WORLD),
        "me": compile_plan(me(), WORLD),
    }
    answered = left = 0

    async def request() -> None:
        nonlocal answered, left
        plan, who = r.choice(["accounts", "me"]), f"p{r.randrange(IDENTITIES)}"
        headers = ((b"authorization", who.encode()),)
        to = {name: Endpoint(f"http://{name}/", headers, joins_entities=joins) for name in "ab"}
        work = asyncio.ensure_future(execute(compiled[plan], ExecutionContext(client, to, loader=loader)))
        if r.random() < 0.1:
            for _ in range(r.randrange(6)):
                await asyncio.sleep(0)
            if work.cancel():
                left += 1
                return
        response = await work
        assert (response.data, [error.message for error in response.errors]) == expected(plan, who)
        assert response.data is not None
        response.data.clear()  # what one does to its data, nobody else sees
        answered += 1

    for _ in range(REQUESTS // AT_ONCE):
        await asyncio.gather(*(request() for _ in range(AT_ONCE)))
    assert answered + left == REQUESTS
    assert left > REQUESTS // 50
    assert bank.begun < 2 * answered, "nothing was shared"
