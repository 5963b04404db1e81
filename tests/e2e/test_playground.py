"""The playground in a real Chromium, under the router's content-security policy, with no network."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from graphql import build_schema, graphql_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from router.server.playground import CONTENT_SECURITY_POLICY
from tests.browser import Browser, Page, chromium
from tests.serving import serving

STATIC = Path(__file__).parents[2] / "router" / "server" / "static"
SCHEMA = build_schema(
    """
    type Query { "Who is served." greeting(name: String = "world"): String!  caller: String }
    type Subscription { ticks: Int! }
    """
)
PLAN = {
    "kind": "QueryPlan",
    "node": {
        "kind": "Sequence",
        "nodes": [
            {"kind": "Fetch", "serviceName": "orders", "operationKind": "query", "operation": "{orders{id}}"},
            {
                "kind": "Flatten",
                "path": [{"Field": "orders"}, "@"],
                "node": {
                    "kind": "Fetch",
                    "serviceName": "customers",
                    "operationKind": "query",
                    "operation": "query($r:[_Any!]!){_entities(representations:$r){...on Order{id}}}",
                    "requires": [
                        {
                            "kind": "InlineFragment",
                            "typeCondition": "Order",
                            "selections": [{"kind": "Field", "name": "id"}],
                        }
                    ],
                },
            },
        ],
    },
}
COST = {
    **{"estimated": 1200.0, "actual": 12.0, "max": 1000.0, "result": "COST_ESTIMATED_TOO_EXPENSIVE"},
    "subgraphs": {
        "orders": {"estimated": None, "actual": 12.0, "max": None, "result": "COST_QUERY_PARSE_FAILURE"}
    },
}
EDITOR = ".graphiql-query-editor .view-lines"
RESPONSE = ".graphiql-response .view-lines"

pytestmark = pytest.mark.asyncio(loop_scope="module")


class FakeRouter:
    """The playground's files as the router serves them, and a GraphQL endpoint of three fields."""

    def __init__(self, default_query: str = "") -> None:
        self.default_query = default_query
        self.connection_params: list[Any] = []

    async def index(self, request: Request) -> Response:
        page = (STATIC / "index.html").read_text()
        slot = '<meta name="olympus:default-query" content="">'
        filled = slot.replace('""', f'"{html.escape(self.default_query)}"')
        assert slot in page
        return HTMLResponse(page.replace(slot, filled))

    async def graphql(self, request: Request) -> Response:
        body = await request.json()
        caller = request.headers.get("x-caller") or request.headers.get("authorization")
        root = {"greeting": lambda _info, name: f"hello {name}", "caller": caller}
        result = graphql_sync(
            SCHEMA,
            body["query"],
            root,
            variable_values=body.get("variables"),
            operation_name=body.get("operationName"),
        )
        told = {**result.formatted, "extensions": {"queryPlan": PLAN, "cost": COST, "traceId": "abc"}}
        left = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "3"}
        return JSONResponse(told, headers={"ratelimit-remaining": "7", **left})

    async def context(self, request: Request) -> Response:
        owners = {"Query.greeting": ["welcome"]}
        operations = [{"name": "team/hello", "text": "query Hello { greeting }"}]
        return JSONResponse({"operations": operations, "owners": owners})

    async def session(self, socket: WebSocket) -> None:
        """Two ticks for whoever asks, by graphql-transport-ws."""
        await socket.accept(subprotocol="graphql-transport-ws")
        self.connection_params.append((await socket.receive_json()).get("payload"))
        await socket.send_json({"type": "connection_ack"})
        subscribed = await socket.receive_json()
        for tick in (41, 42):
            payload = {"data": {"ticks": tick}}
            await socket.send_json({"id": subscribed["id"], "type": "next", "payload": payload})
            await asyncio.sleep(0.05)
        await socket.send_json({"id": subscribed["id"], "type": "complete"})
        await socket.receive()

    def app(self) -> ASGIApp:
        return under_policy(
            Starlette(
                routes=[
                    Route("/", self.index),
                    Route("/graphql", self.graphql, methods=["POST"]),
                    WebSocketRoute("/graphql", self.session),
                    Route("/playground/context.json", self.context),
                    Mount("/playground", StaticFiles(directory=STATIC)),
                ]
            )
        )


def under_policy(app: ASGIApp) -> ASGIApp:
    """The same app; every HTTP answer carries the content-security policy."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
                ]
            await send(message)

        await app(scope, receive, send_with_policy)

    return wrapped


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@asynccontextmanager
async def opened(browser: Browser, router: FakeRouter) -> AsyncIterator[Page]:
    """The playground, loaded; at the end it must have had no problem and asked nobody else."""
    async with serving(router.app()) as origin:
        page = await browser.new_page()
        await page.goto(f"{origin}/")
        await page.wait_for("document.querySelector('.graphiql-query-editor .monaco-editor') !== null")
        yield page
        await page.goto("about:blank")
        own = (origin, origin.replace("http", "ws", 1))
        assert [url for url in page.requests if not url.startswith(own) and url != "about:blank"] == []
        assert page.problems == []


async def test_the_default_query_is_answered_and_its_plan_is_shown(browser: Browser) -> None:
    query = '# Say "hello" <to> someone & run\nquery Hello {\n  greeting(name: "Hera")\n}\n'
    async with opened(browser, FakeRouter(query)) as page:
        await page.wait_for_text(EDITOR, '# Say "hello" <to> someone & run')
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"greeting": "hello Hera"')

        await page.click('button[aria-label="Show Query plan"]')
        await page.wait_for_text(".olympus-plan", "one after another")
        plan = await page.text(".olympus-plan")
        assert "Fetch orders" in plan
        assert "at orders.@" in plan
        assert "Fetch customers" in plan
        await page.click(".olympus-views button:nth-child(2)")
        await page.wait_for_text(".olympus-plan pre", "Flatten orders.@")
        await page.click(".olympus-views button:nth-child(1)")
        await page.click(".olympus-plan li:nth-child(2) summary")
        await page.wait_for_text(".olympus-plan", "needs ... on Order { id }")


async def test_without_a_default_query_the_editor_is_empty(browser: Browser) -> None:
    async with opened(browser, FakeRouter()) as page:
        await page.wait_for("document.querySelector('.graphiql-query-editor .view-line') !== null")
        assert (await page.text(EDITOR)).strip() == ""


async def test_a_subscription_shows_its_events(browser: Browser) -> None:
    async with opened(browser, FakeRouter("subscription { ticks }")) as page:
        await page.wait_for_text(EDITOR, "ticks")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"ticks": 42')


async def test_headers_go_with_requests_and_open_the_socket(browser: Browser) -> None:
    router = FakeRouter("query Caller { caller }\nsubscription Ticks { ticks }")
    async with opened(browser, router) as page:
        await page.click('.graphiql-editor-tools button[data-name="headers"]')
        await page.click(".graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor")
        await page.insert('{"x-caller": "Athena"}')
        await page.click(".graphiql-query-editor .view-line:nth-child(1)")
        await page.press("Enter", 13, modifiers=2)
        await page.wait_for_text(RESPONSE, '"caller": "Athena"')

        await page.click(".graphiql-query-editor .view-line:nth-child(2)")
        await page.press("Enter", 13, modifiers=2)
        await page.wait_for_text(RESPONSE, '"ticks": 42')
        assert router.connection_params == [{"x-caller": "Athena"}]


async def test_the_editor_completes_from_the_schema(browser: Browser) -> None:
    async with opened(browser, FakeRouter("query {  }")) as page:
        await page.wait_for_text(EDITOR, "query")
        await page.click(".graphiql-query-editor .view-line")
        await page.press("Home", 36)
        for _ in range(8):
            await page.press("ArrowRight", 39)
        await page.press(" ", 32, modifiers=2)
        await page.wait_for_text(".suggest-widget", "greeting")


async def test_the_documentation_shows_the_schema(browser: Browser) -> None:
    async with opened(browser, FakeRouter()) as page:
        await page.click('button[aria-label="Show Documentation Explorer"]')
        await page.click(".graphiql-doc-explorer-content a")
        await page.wait_for_text(".graphiql-doc-explorer-content", "Who is served.")
        await page.wait_for_text(".graphiql-doc-explorer-content", "Subgraph: welcome")


async def test_a_document_of_the_collection_opens_in_a_tab_of_its_own(browser: Browser) -> None:
    async with opened(browser, FakeRouter("{ caller }")) as page:
        await page.wait_for_text(EDITOR, "caller")
        await page.click('button[aria-label="Show Operations"]')
        await page.click(".olympus-collection li button")
        await page.wait_for_text(EDITOR, "query Hello")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"greeting": "hello world"')
        assert await page.evaluate("document.querySelectorAll('.graphiql-tab').length") == 2


async def test_a_share_link_brings_the_operation_and_its_variables(browser: Browser) -> None:
    router = FakeRouter("query G($n: String) { greeting(name: $n) }")
    async with opened(browser, router) as page:
        await page.wait_for_text(EDITOR, "greeting")
        await page.click(".graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor")
        await page.insert('{"n": "Zoë"}')
        await page.click('button[aria-label^="Share"]')
        await page.wait_for("location.hash.startsWith('#share=')")
        fragment = await page.evaluate("location.hash")
        router.default_query = "{ caller }"
        other = await browser.new_page()
        await other.goto((await page.evaluate("location.origin")) + "/" + fragment)
        await other.wait_for_text(EDITOR, "greeting(name: $n)")
        await other.click(".graphiql-execute-button")
        await other.wait_for_text(RESPONSE, '"greeting": "hello Zoë"')
        assert other.problems == []
        assert not any("share" in url for url in other.requests if "#" not in url)


async def test_a_token_goes_with_requests_and_stays_out_of_the_browsers_storage(browser: Browser) -> None:
    router = FakeRouter("{ caller }")
    async with opened(browser, router) as page:
        await page.wait_for_text(EDITOR, "caller")
        await page.click('button[aria-label="Show Request settings"]')
        await page.click(".olympus-panel textarea")
        await page.insert("a.b.c")
        await page.click(".olympus-panel .olympus-row button")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"caller": "Bearer a.b.c"')
        await page.wait_for_text(".olympus-panel dl", "ratelimit-remaining")
        await page.wait_for_text(".olympus-panel", "7 of 10 left, full again in 3 s.")
        assert "a.b.c" not in await page.evaluate("JSON.stringify(localStorage)")


async def test_limits_that_are_only_measured_are_named_and_panels_matters_stay_in_panels(
    browser: Browser,
) -> None:
    async with opened(browser, FakeRouter("{ caller }")) as page:
        await page.wait_for_text(EDITOR, "caller")
        await page.click('button[aria-label="Show Cost"]')
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(".olympus-refusal", "The operation: estimated above the limit")
        told = await page.text(".olympus-refusal")
        assert "they are measured only" in told
        assert "orders: cannot be told" in told
        assert await page.evaluate("document.querySelector('.olympus-cost .olympus-failed') !== null")
        shown = await page.text(RESPONSE)
        assert "traceId" in shown
        assert "queryPlan" not in shown and "COST_" not in shown


async def test_the_page_names_only_files_that_are_there() -> None:
    page = (STATIC / "index.html").read_text()
    named = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(named) >= 3
    for address in named:
        assert address.startswith("/playground/")
        assert (STATIC / address.removeprefix("/playground/")).is_file()


async def test_the_licences_travel_with_the_built_files() -> None:
    assert "## graphiql - 5." in (STATIC / "licenses.md").read_text()
    notices = (STATIC / "notices.txt").read_text()
    for name in ("Roboto", "Fira Code", "Codicons", "SIL OPEN FONT LICENSE", "Apache License"):
        assert name in notices
