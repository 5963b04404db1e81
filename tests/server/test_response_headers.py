"""Headers of subgraphs' answers on their way to clients: rules, merges, batches, and joined requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from router.config.model import RouterConfig
from router.config.options import engine_options
from router.engine.engine import Engine
from router.engine.reload import SupergraphSource
from router.server.app import create_app
from router.server.options import ServerOptions
from router.transport.base import SubgraphRequest, SubgraphResponse
from router.transport.inflight import InFlightClient, TaskStarter
from tests.engine.sample import Sample
from tests.serving import serving

QUERY = {"query": '{ product(id: "1") { name stars } }'}
"""products first, then reviews."""
Lines = list[tuple[str, str]]


class Subgraphs:
    """Answers with headers; each answer waits for the gate."""

    def __init__(self, one: Sample, products: Sequence[Any], reviews: Sequence[Any]) -> None:
        self.headers = {"products": products, "reviews": reviews}
        self.gate = asyncio.Event()
        self.gate.set()
        self.answered = 0
        self.one = one
        one.subgraphs.handlers = {"products": self.answer, "reviews": self.answer}

    async def answer(self, request: SubgraphRequest) -> SubgraphResponse:
        made = await (
            self.one.subgraphs.products(request)
            if request.subgraph == "products"
            else self.one.subgraphs.reviews(request)
        )
        self.answered += 1
        number = self.answered
        await self.gate.wait()
        lines = [
            (name.encode(), value.replace("{n}", str(number)).encode())
            for name, value in self.headers[request.subgraph]
        ]
        return SubgraphResponse(200, tuple(lines), orjson.dumps(made))


@asynccontextmanager
async def served(
    headers: dict[str, Any], products: Sequence[Any] = (), reviews: Sequence[Any] = (), **config: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, Subgraphs]]:
    options = engine_options(RouterConfig.model_validate({"headers": headers, **config}))
    one = Sample(options)
    source = SupergraphSource(lambda: one.sdl, lambda: ())
    one.engine = Engine(source, options, InFlightClient(TaskStarter(one.subgraphs)), one.streams)
    subgraphs = Subgraphs(one, products, reviews)
    async with (
        serving(create_app(one.engine, ServerOptions(max_batch_requests=5))) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as client,
    ):
        yield client, subgraphs


def all_(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"all": {"response": list(rules)}}


async def test_nothing_crosses_that_no_rule_names() -> None:
    every = [("x-a", "1"), ("set-cookie", "a=1"), ("cache-control", "max-age=9"), ("server", "s")]
    async with served({}, every, every) as (client, _):
        response = await client.post("/graphql", json=QUERY)
        assert response.json()["data"]["product"]["stars"] == 5
        assert not {"x-a", "set-cookie", "cache-control", "server"} & set(response.headers) - {"server"}
        assert response.headers.get("server") != "s"


@pytest.mark.parametrize(
    ("algorithm", "value"), [("first", "p1, p2"), ("last", "r"), (None, "r"), ("append", "p1, p2, r")]
)
async def test_several_answers_are_merged_as_the_rule_says(algorithm: str | None, value: str) -> None:
    rule = {"propagate": {"named": "X-A", **({"algorithm": algorithm} if algorithm else {})}}
    products, reviews = [("x-a", "p1"), ("x-a", "p2"), ("x-b", "no")], [("x-a", "r")]
    async with served(all_(rule), products, reviews) as (client, _):
        response = await client.post("/graphql", json=QUERY)
        assert response.headers["x-a"] == value
        assert "x-b" not in response.headers


async def test_rules_rename_default_match_insert_and_remove() -> None:
    headers = {
        "all": {
            "response": [
                {"propagate": {"named": "x-old", "rename": "x-new"}},
                {"propagate": {"named": "x-missing", "default": "none"}},
                {"propagate": {"matching": "x-m-.*|content-type|etag|connection|server|access-control-.*"}},
                {"insert": {"name": "x-fixed", "value": "v"}},
                {"insert": {"name": "x-who", "expression": "request.header.x-user ?? 'nobody'"}},
                {"insert": {"name": "x-op", "expression": "context.operation_name"}},
                {"insert": {"name": "x-bad", "expression": "request.header.x-split"}},
                {"remove": {"named": "x-m-secret"}},
            ]
        },
        "subgraphs": {
            "products": {"response": [{"remove": {"matching": "x-m-p.*"}}]},
            "reviews": {"response": [{"propagate": {"named": "x-only"}}]},
        },
    }
    lines = [
        ("x-old", "o"),
        ("x-m-secret", "s"),
        ("x-only", "x"),
        ("content-type", "text/html"),
        ("etag", "e"),
    ]
    lines += [("connection", "close"), ("access-control-allow-origin", "*")]
    async with served(headers, [*lines, ("x-m-p1", "p"), ("x-m-q", "p")], [*lines, ("x-m-r", "r")]) as (
        client,
        _,
    ):
        query = {"query": 'query Shop { product(id: "1") { name stars } }', "operationName": "Shop"}
        response = await client.post("/graphql", json=query, headers={"x-user": "ada", "x-split": b"a\x80b"})
        got = response.headers
        assert (got["x-new"], got["x-missing"], got["x-fixed"], got["x-who"], got["x-op"]) == (
            *("o", "none", "v", "ada", "Shop"),
        )
        assert (got["x-m-q"], got["x-m-r"], got["x-only"]) == ("p", "r", "x")
        assert not {"x-old", "x-m-secret", "x-m-p1", "x-bad", "etag", "access-control-allow-origin"} & set(
            got
        )
        assert got["content-type"] == "application/json; charset=utf-8"
        assert got.get("connection") != "close"


async def test_set_cookie_lines_are_never_joined() -> None:
    rule = {"propagate": {"named": "set-cookie", "algorithm": "first"}}
    cookie = "a=1; Expires=Wed, 09 Jun 2030 10:18:14 GMT"
    async with served(
        all_(rule), [("set-cookie", cookie), ("set-cookie", "b=2")], [("set-cookie", "c=3")]
    ) as (
        client,
        _,
    ):
        response = await client.post("/graphql", json=QUERY)
        assert response.headers.get_list("set-cookie") == [cookie, "b=2", "c=3"]


CACHED = all_({"propagate": {"named": "cache-control"}})


@pytest.mark.parametrize(
    ("products", "reviews", "value"),
    [
        ("public, max-age=60", "public, max-age=10", "public, max-age=10"),
        ("public, max-age=60", "private, max-age=90", "private, max-age=60"),
        ("public, max-age=60", "no-store", "no-store"),
        ("public, max-age=60", None, "no-store"),
    ],
)
async def test_the_strictest_cache_control_wins(products: str, reviews: str | None, value: str) -> None:
    lines = [[("cache-control", one)] if one else [] for one in (products, reviews)]
    async with served(CACHED, *lines) as (client, _):
        for response in (
            await client.post("/graphql", json=QUERY),
            await client.get("/graphql", params=QUERY),
        ):
            assert response.headers.get_list("cache-control") == [value]


async def test_an_answer_with_errors_or_without_a_rule_for_a_part_is_not_cached() -> None:
    line = [("cache-control", "public, max-age=60")]
    async with served(CACHED, line, line) as (client, subgraphs):
        del subgraphs.one.subgraphs.handlers["reviews"]
        response = await client.get("/graphql", params=QUERY)
        assert response.json()["errors"]
        assert response.headers["cache-control"] == "no-store"
        refused = await client.get("/graphql", params={"query": "{ nope }"})
        assert refused.headers["cache-control"] == "no-store"
    only_one = {"subgraphs": {"products": CACHED["all"]}}
    async with served(only_one, line, line) as (client, _):
        response = await client.post("/graphql", json=QUERY)
        assert response.headers["cache-control"] == "no-store"
        alone = await client.post("/graphql", json={"query": '{ product(id: "1") { name } }'})
        assert alone.headers["cache-control"] == "public, max-age=60"


async def test_a_batch_is_merged_as_one_request() -> None:
    rules = all_(
        {"propagate": {"named": "x-a", "algorithm": "append"}},
        {"propagate": {"named": "set-cookie"}},
        {"propagate": {"named": "cache-control"}},
    )
    products = [("x-a", "p"), ("set-cookie", "n={n}"), ("cache-control", "max-age=9")]
    name = {"query": '{ product(id: "1") { name } }'}
    other = {"query": '{ product(id: "2") { name } }'}
    async with served(rules, products, []) as (client, _):
        response = await client.post("/graphql", json=[name, other])
        assert len(response.json()) == 2
        assert response.headers["x-a"] == "p, p"
        assert sorted(response.headers.get_list("set-cookie")) == ["n=1", "n=2"]
        assert response.headers["cache-control"] == "private, max-age=9"
        refused = await client.post("/graphql", json=[name, {"query": "{ nope }"}])
        assert refused.headers["cache-control"] == "no-store"


async def together(
    client: httpx.AsyncClient, subgraphs: Subgraphs, callers: list[dict[str, str]], expected: int
) -> list[httpx.Response]:
    """Send one request per caller, and answer them when ``expected`` have reached the subgraph."""
    subgraphs.gate.clear()
    client.cookies.clear()
    name = {"query": '{ product(id: "1") { name } }'}
    asking = [asyncio.create_task(client.post("/graphql", json=name, headers=one)) for one in callers]
    async with asyncio.timeout(20):
        while subgraphs.answered < expected:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)  # more than expected would come now
    assert subgraphs.answered == expected
    subgraphs.gate.set()
    return await asyncio.gather(*asking)


SHARING = {"traffic_shaping": {"router": {"dedupe": {"enabled": True}}}}


@pytest.mark.parametrize("config", [{}, SHARING], ids=["in flight", "whole requests"])
async def test_a_cookie_set_for_one_caller_reaches_no_other(config: dict[str, Any]) -> None:
    rule = all_({"propagate": {"named": "set-cookie"}})
    async with served(rule, [("set-cookie", "session={n}")], **config) as (client, subgraphs):
        answers = await together(client, subgraphs, [{}, {}, {"cookie": "u=1"}, {"cookie": "u=2"}], 4)
        cookies = [answer.headers["set-cookie"] for answer in answers]
        assert len(set(cookies)) == 4
        # The same caller, by the credentials shown, may share.
        subgraphs.answered = 0
        same = await together(client, subgraphs, [{"cookie": "u=1"}, {"cookie": "u=1"}], 1)
        assert {answer.headers["set-cookie"] for answer in same} == {"session=1"}


@pytest.mark.parametrize("config", [{}, SHARING], ids=["in flight", "whole requests"])
async def test_requests_are_still_shared_where_nothing_personal_crosses(config: dict[str, Any]) -> None:
    who = {"insert": {"name": "x-who", "expression": "request.header.x-user"}}
    rule = all_({"propagate": {"named": "cache-control"}}, who)
    async with served(rule, [("cache-control", "max-age=5")], **config) as (client, subgraphs):
        callers = [{"x-user": name} for name in ("ada", "bob", "eve")]
        answers = await together(client, subgraphs, callers, 1)
        # What is inserted is each caller's own, whoever's request was executed.
        assert [answer.headers["x-who"] for answer in answers] == ["ada", "bob", "eve"]
        assert {answer.headers["cache-control"] for answer in answers} == {"max-age=5"}


async def test_a_value_is_inserted_by_expression_into_requests() -> None:
    rules = [
        {"insert": {"name": "x-tenant", "expression": "request.header.x-org ?? 'public'"}},
        {"insert": {"name": "x-none", "expression": "claims.sub"}},
    ]
    async with served({"all": {"request": rules}}) as (client, subgraphs):
        await client.post("/graphql", json=QUERY, headers={"x-org": "acme", "x-none": "forged"})
        await client.post("/graphql", json=QUERY)
        sent = [dict(request.headers) for request in subgraphs.one.subgraphs.requests]
        assert [headers[b"x-tenant"] for headers in sent] == [b"acme", b"acme", b"public", b"public"]
        assert not any(b"x-none" in headers for headers in sent)


@pytest.mark.parametrize(
    "rule",
    [
        {"propagate": {"named": "content-length"}},
        {"propagate": {"named": "x-a", "rename": "transfer-encoding"}},
        {"propagate": {"named": "x-a", "algorithm": "strictest"}},
        {"propagate": {"named": "x-a", "algorithm": "middle"}},
        {"propagate": {}},
        {"insert": {"name": "connection", "value": "close"}},
        {"insert": {"name": "x-a", "expression": "open('x')"}},
        {"insert": {"name": "x-a", "expression": "'x'", "value": "y"}},
        {"insert": {"name": "x-a", "expression": "'x'", "default": "y"}},
    ],
)
def test_rules_that_cannot_be_are_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        RouterConfig.model_validate({"headers": all_(rule)})
