"""From a request's text to its bytes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from router.engine.admission import Caller
from router.engine.answer import Answer
from router.engine.header_rules import HeaderOptions, InsertFromClaim, PropagateNamed
from router.engine.options import EngineOptions
from router.engine.subscription_options import SubscriptionOptions
from router.errors import ClientError, SubgraphConnectionLostError, SubgraphSubscriptionEndedError
from router.guards.introspection import IntrospectionRule
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions, sign_token
from router.guards.limits import LimitOptions
from router.guards.unauthenticated import UnauthenticatedError
from router.protocols.graphql_request import GraphQLRequest
from router.telemetry.logs import configure_logs
from router.transport.base import SubgraphRequest, SubscriptionRequest
from tests.engine.sample import PRODUCTS, Sample, forever, sample, supergraph

QUERY = "query Q($id: ID!) { product(id: $id) { name stars } }"
NOBODY = Caller({})


async def answer(one: Sample, query: str, caller: Caller = NOBODY, **variables: Any) -> Answer:
    return await one.engine.pipeline.answer(GraphQLRequest(query, None, variables), caller)


def error_of(answered: Answer) -> dict[str, Any]:
    body = orjson.loads(answered.body)
    assert "data" not in body
    entry: dict[str, Any] = body["errors"][0]
    return entry


async def test_an_operation_is_answered_by_two_subgraphs_together() -> None:
    async with sample() as one:
        answered = await answer(one, QUERY, id="1")
        assert answered.body == b'{"data":{"product":{"name":"Oak table","stars":5}}}'
        assert (answered.status, answered.error) == (200, None)
        assert one.subgraphs.bodies("products")[0]["variables"] == {"id": "1"}


async def test_introspection_is_answered_without_asking_anyone() -> None:
    async with sample() as one:
        body = orjson.loads((await answer(one, "{ __schema { queryType { name } } __typename }")).body)
        assert body == {"data": {"__schema": {"queryType": {"name": "Query"}}, "__typename": "Query"}}
        assert one.subgraphs.requests == []


@pytest.mark.parametrize(
    ("query", "code", "locations"),
    [
        ("{ product(", "GRAPHQL_PARSE_FAILED", [{"line": 1, "column": 11}]),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED", [{"line": 1, "column": 3}]),
        ("query A { slow } query B { slow }", "OPERATION_RESOLUTION_FAILURE", None),
        ("subscription { renamed { id } }", "SUBSCRIPTION_OVER_HTTP", None),
        (QUERY, "INVALID_VARIABLES", None),
    ],
)
async def test_what_cannot_run_says_why_with_its_place(query: str, code: str, locations: Any) -> None:
    async with sample() as one:
        answered = await answer(one, query)
        entry = error_of(answered)
        assert (entry["extensions"]["code"], entry.get("locations")) == (code, locations)
        assert (answered.status, answered.is_well_formed) == (400, True)
        assert one.subgraphs.requests == []


async def test_mutations_can_be_kept_to_post() -> None:
    async with sample() as one:
        mutation = GraphQLRequest('mutation { rename(id: "1", name: "new") { name } }')
        refused = await one.engine.pipeline.answer(mutation, NOBODY, allows_mutations=False)
        assert refused.status == 405
        assert one.subgraphs.requests == []
        done = await one.engine.pipeline.answer(mutation, NOBODY)
        assert done.body == b'{"data":{"rename":{"name":"new"}}}'


async def test_suggestions_and_introspection_follow_the_options() -> None:
    async with sample(EngineOptions(allows_introspection=False)) as one:
        assert "Did you mean" not in error_of(await answer(one, "{ produc }"))["message"]
        assert error_of(await answer(one, "{ __schema { queryType { name } } }"))["extensions"] == {
            "code": "GRAPHQL_VALIDATION_FAILED"
        }
    async with sample(EngineOptions(hides_suggestions=False)) as one:
        assert "Did you mean" in error_of(await answer(one, "{ produc }"))["message"]


async def test_a_subgraphs_message_is_masked_unless_it_may_be_shown() -> None:
    failing = {
        "errors": [{"message": "SELECT broke", "extensions": {"code": "DB", "sql": "SELECT"}}],
        "data": None,
    }
    for options, message, extensions in (
        (
            EngineOptions(),
            'The subgraph "products" could not answer this part',
            {"code": "DB", "service": "products"},
        ),
        (
            EngineOptions(subgraph_errors={"products": True}),
            "SELECT broke",
            {"code": "DB", "sql": "SELECT", "service": "products"},
        ),
    ):
        async with sample(options) as one:
            one.subgraphs.handlers["products"] = lambda _request: failing
            body = orjson.loads((await answer(one, QUERY, id="1")).body)
            assert body["data"] == {"product": None}
            assert [(error["message"], error["extensions"]) for error in body["errors"]] == [
                (message, extensions)
            ]


async def test_a_subgraph_that_is_down_leaves_the_rest_of_the_answer() -> None:
    async with sample() as one:
        del one.subgraphs.handlers["reviews"]
        body = orjson.loads((await answer(one, QUERY, id="1")).body)
        assert body["data"] == {"product": {"name": "Oak table", "stars": None}}
        assert [error["extensions"]["code"] for error in body["errors"]] == ["SUBGRAPH_CONNECTION_REFUSED"]


async def test_a_bug_is_logged_without_client_text_and_shown_as_a_bare_code() -> None:
    log = io.StringIO()
    configure_logs("info", "json", log)

    def broken(_request: object) -> dict[str, Any]:
        raise ZeroDivisionError("the client's secret")

    async with sample() as one:
        one.subgraphs.handlers["products"] = broken
        answered = await answer(one, QUERY, id="the client's secret")
        assert answered.status == 500
        assert error_of(answered) == {
            "message": "Internal server error",
            "extensions": {"code": "INTERNAL_SERVER_ERROR"},
        }
    assert "ZeroDivisionError" in log.getvalue()
    assert "secret" not in log.getvalue()


async def test_the_whole_request_has_a_deadline() -> None:
    # Before the 30 s of a subgraph's own time-out, and time enough to plan.
    async with sample(EngineOptions(request_timeout_s=25)) as one:
        one.subgraphs.handlers["products"] = lambda request: {"data": {"slow": f"{request.timeout_s < 25}"}}
        assert (await answer(one, "{ slow }")).body == b'{"data":{"slow":"True"}}'


async def test_an_operation_that_is_not_planned_by_the_deadline_is_answered_504() -> None:
    async with sample(EngineOptions(request_timeout_s=0)) as one:
        refused = await answer(one, "{ slow }")
        assert refused.status == 504
        assert refused.error is not None and refused.error.code == "GATEWAY_TIMEOUT"
        assert not one.subgraphs.requests


async def test_what_is_planned_already_needs_no_time_for_planning() -> None:
    async with sample(EngineOptions(request_timeout_s=25)) as one:
        one.subgraphs.handlers["products"] = lambda _request: {"data": {"slow": "it"}}
        await answer(one, "{ slow }")
        late = await one.engine.pipeline.answer(GraphQLRequest("{ slow }"), Caller({}), waited_s=25)
        assert late.error is not None and late.error.code == "GATEWAY_TIMEOUT"
        soon = await one.engine.pipeline.answer(GraphQLRequest("{ slow }"), Caller({}), waited_s=5)
        assert soon.body == b'{"data":{"slow":"it"}}'
        assert one.subgraphs.requests[-1].timeout_s <= 20


async def test_cancelling_an_answer_cancels_what_subgraphs_were_asked() -> None:
    async with sample() as one:
        task = asyncio.create_task(answer(one, "{ slow }"))
        while not one.subgraphs.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert one.subgraphs.cancelled == 1


async def test_the_query_plan_is_shown_only_where_it_may_be_and_is_asked_for() -> None:
    asking = Caller({b"olympus-include-query-plan": b"true"})
    async with sample(EngineOptions(exposes_query_plan=True)) as one:
        shown = orjson.loads((await answer(one, QUERY, asking, id="1")).body)
        assert shown["extensions"]["queryPlan"]["kind"] == "QueryPlan"
        assert b"extensions" not in (await answer(one, QUERY, id="1")).body
    async with sample() as one:
        assert b"extensions" not in (await answer(one, QUERY, asking, id="1")).body


async def test_the_times_of_fetches_are_told_to_who_may_see_them_and_asks() -> None:
    asking = Caller({b"olympus-include-timing": b"true"})
    async with sample(EngineOptions(exposes_query_plan=True)) as one:
        timing = orjson.loads((await answer(one, QUERY, asking, id="1")).body)["extensions"]["timing"]
        fetches = timing["fetches"]
        assert [(fetch["subgraph"], fetch["representations"], fetch["status"]) for fetch in fetches] == [
            ("products", 0, 200),
            ("reviews", 1, 200),
        ]
        first, second = fetches
        assert first["startMs"] + first["durationMs"] <= second["startMs"] + 0.002
        assert second["startMs"] + second["durationMs"] <= timing["durationMs"] + 0.002
        assert first["requestBytes"] == len(one.subgraphs.requests[0].body)
        assert b"extensions" not in (await answer(one, QUERY, id="1")).body
    async with sample() as one:
        assert b"extensions" not in (await answer(one, QUERY, asking, id="1")).body


async def test_a_fetch_that_fails_is_timed_with_its_code() -> None:
    asking = Caller({b"olympus-include-timing": b"true"})

    def lost(request: SubgraphRequest) -> dict[str, Any]:
        raise SubgraphConnectionLostError(request.subgraph, "gone")

    async with sample(EngineOptions(exposes_query_plan=True)) as one:
        one.subgraphs.handlers["reviews"] = lost
        told = orjson.loads((await answer(one, QUERY, asking, id="1")).body)["extensions"]["timing"][
            "fetches"
        ]
        assert told[0]["error"] is None
        assert (told[1]["status"], told[1]["error"], told[1]["responseBytes"]) == (
            None,
            SubgraphConnectionLostError.code,
            0,
        )


async def test_plans_and_times_are_for_those_with_the_secret_where_one_is_configured() -> None:
    rule = IntrospectionRule(b"x-explain", b"open sesame")
    asking = {b"olympus-include-timing": b"true", b"olympus-include-query-plan": b"true"}
    async with sample(EngineOptions(exposes_query_plan=True, explain=rule)) as one:
        assert b"extensions" not in (await answer(one, QUERY, Caller(asking), id="1")).body
        wrong = Caller({**asking, b"x-explain": b"open barley"})
        assert b"extensions" not in (await answer(one, QUERY, wrong, id="1")).body
        right = Caller({**asking, b"x-explain": b"open sesame"})
        shown = orjson.loads((await answer(one, QUERY, right, id="1")).body)["extensions"]
        assert set(shown) == {"queryPlan", "timing"}


async def test_headers_cross_by_rule_and_claims_come_from_the_token() -> None:
    secret = "a secret that is long enough, really"
    rules = InsertFromClaim(b"x-tenant", "tenant", b"nobody"), PropagateNamed(b"x-trace")
    options = EngineOptions(
        headers=HeaderOptions(rules, {"reviews": (PropagateNamed(b"x-only"),)}),
        jwt=JwtOptions((secret_key(secret),)),
    )
    async with sample(options) as one:
        pipeline = one.engine.pipeline
        token = sign_token({"tenant": "acme", "exp": 4_000_000_000}, secret)
        headers = {
            b"authorization": f"Bearer {token}".encode(),
            b"x-trace": b"1",
            b"x-only": b"2",
            b"x-no": b"3",
        }
        await answer(one, QUERY, await pipeline.admit(headers), id="1")
        await answer(one, QUERY, await pipeline.admit({}), id="1")
        assert [(request.subgraph, request.headers) for request in one.subgraphs.requests] == [
            ("products", ((b"x-tenant", b"acme"), (b"x-trace", b"1"))),
            ("reviews", ((b"x-tenant", b"acme"), (b"x-trace", b"1"), (b"x-only", b"2"))),
            ("products", ((b"x-tenant", b"nobody"),)),
            ("reviews", ((b"x-tenant", b"nobody"),)),
        ]
        with pytest.raises(UnauthenticatedError):
            await pipeline.admit({b"authorization": b"Bearer nonsense"})


async def test_urls_and_time_outs_follow_the_options() -> None:
    options = EngineOptions(
        subgraph_urls={"products": "http://other/"}, subgraph_timeouts_s={"products": 3.0}
    )
    async with sample(options) as one:
        await answer(one, QUERY, id="1")
        first, second = one.subgraphs.requests
        assert (first.url, first.timeout_s, second.url) == ("http://other/", 3.0, "http://reviews/graphql")


async def results(one: Sample, query: str) -> list[Any]:
    stream = (await one.engine.pipeline.open(GraphQLRequest(query), NOBODY)).results
    return [orjson.loads(result) async for result in stream]


async def test_each_event_of_a_subscription_is_completed_by_the_other_subgraph() -> None:
    async with sample() as one:
        assert await results(one, "subscription { renamed { name stars } }") == [
            {"data": {"renamed": {"name": f"name {number}", "stars": 5}}} for number in (1, 2)
        ]


async def test_a_query_is_a_stream_of_one_result() -> None:
    async with sample() as one:
        assert await results(one, '{ product(id: "1") { name } }') == [
            {"data": {"product": {"name": "Oak table"}}}
        ]


async def test_a_stream_that_breaks_ends_with_the_subgraphs_error() -> None:
    async def broken(_request: SubscriptionRequest) -> AsyncIterator[dict[str, Any]]:
        yield {"data": {"renamed": None}}
        raise SubgraphSubscriptionEndedError("products", "gone")

    async with sample(EngineOptions(subscriptions=SubscriptionOptions(reconnect_attempts=0))) as one:
        one.streams.sources["products"] = broken
        with pytest.raises(SubgraphSubscriptionEndedError) as caught:
            await results(one, "subscription { renamed { name } }")
        assert orjson.loads(one.engine.pipeline.errors_json(caught.value)) == [
            {
                "message": 'The subgraph "products" could not answer this part',
                "extensions": {"code": "SUBGRAPH_SUBSCRIPTION_ENDED", "service": "products"},
            }
        ]


async def test_leaving_a_stream_early_stops_the_subgraphs() -> None:
    async with sample() as one:
        one.streams.sources["products"] = forever
        request = GraphQLRequest("subscription { renamed { name } }")
        stream = (await one.engine.pipeline.open(request, NOBODY)).results
        await anext(stream)
        await stream.aclose()
        async with asyncio.timeout(5):
            while one.streams.closed_early != 1:
                await asyncio.sleep(0)


async def test_a_subscription_that_is_invalid_is_refused_before_its_stream() -> None:
    async with sample() as one:
        with pytest.raises(ClientError) as caught:
            await results(one, "subscription { nope }")
        assert caught.value.code == "GRAPHQL_VALIDATION_FAILED"
        assert one.streams.requests == []


@pytest.mark.parametrize(
    ("query", "options", "code"),
    [
        ('{ product(id: "1") { name } }', {"limits": LimitOptions(max_depth=1)}, "MAX_DEPTH_LIMIT"),
        ("{ a: slow }", {"max_tokens": 4}, "MAX_TOKENS_LIMIT"),
        ('mutation { rename(id: "1", name: "x") { id } }', {"limits": LimitOptions(max_complexity=10)},
         "MAX_COMPLEXITY_LIMIT"),
    ],
)  # fmt: skip
async def test_an_operation_above_a_limit_is_refused(query: str, options: Any, code: str) -> None:
    async with sample(EngineOptions(**options)) as one:
        answered = await answer(one, query)
        assert (answered.status, error_of(answered)["extensions"]["code"]) == (400, code)
        assert one.subgraphs.requests == []


async def test_lists_within_variables_are_limited_for_each_request() -> None:
    one = Sample(EngineOptions(limits=LimitOptions(max_list_items=2)))
    one.sdl = supergraph(PRODUCTS.replace("slow:", "named(names: [String!]): Product slow:"))
    async with one.engine:
        query = "query Q($names: [String!]) { named(names: $names) { __typename } }"
        refused = await answer(one, query, names=["a", "b", "c"])
        assert error_of(refused)["extensions"]["code"] == "MAX_LIST_ITEMS_LIMIT"
        assert one.subgraphs.requests == []
        await answer(one, query, names=["a", "b"])
        assert len(one.subgraphs.requests) == 1


async def test_above_a_limit_may_be_only_a_warning() -> None:
    written = io.StringIO()
    configure_logs("warning", "json", written)
    limits = LimitOptions(max_depth=1, max_complexity=1, warns_only=True)
    async with sample(EngineOptions(limits=limits, max_tokens=4)) as one:
        for _ in range(2):
            answered = await answer(one, QUERY, id="1")
            assert answered.body == b'{"data":{"product":{"name":"Oak table","stars":5}}}'
    lines = [orjson.loads(line) for line in written.getvalue().splitlines()]
    assert [line["code"] for line in lines] == ["MAX_TOKENS_LIMIT", "MAX_DEPTH_LIMIT"]
    assert lines[1]["operation"] == "Q"
