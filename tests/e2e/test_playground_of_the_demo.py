"""The playground of the running demo in a real Chromium: four subgraphs, plan, waterfall, cost, and live events."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.browser import Browser, Page, chromium
from tests.fleet import SCHEMA
from tests.over_sockets import Router, demo
from tests.server.test_uploads import expected, running

EDITOR = ".graphiql-query-editor .view-lines"
RESPONSE = ".graphiql-response .view-lines"
OPERATIONS = SCHEMA / "operations"
OVERVIEW = (OPERATIONS / "customer_overview.graphql").read_text("utf-8")
PLACE_ORDER = (OPERATIONS / "place_order.graphql").read_text("utf-8")
LIVE = 'subscription Live { orderUpdates(tenantId: "acme") { kind order { customer { name } } } }'
NOTE_ANSWERS = """
const asks = window.fetch;
window.fetch = async (...about) => {
  const answer = await asks(...about);
  if (String(about[0]).endsWith('/graphql')) answer.clone().text().then(text => { window.answered = text; });
  return answer;
};"""
AT = "document.activeElement?.outerHTML.slice(0, 200)"
BARS = """[...document.querySelectorAll('.olympus-waterfall li')].map(one => {
  const [track, bar] = [one.querySelector('.olympus-track'), one.querySelector('.olympus-track div')]
    .map(each => each.getBoundingClientRect());
  return {text: one.innerText, start: (bar.x - track.x) / track.width, width: bar.width / track.width};
})"""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    # Of the upload router's subgraphs, as in test_uploads.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def router(seeded: Path) -> AsyncIterator[Router]:
    async with demo(seeded, playground_query=OVERVIEW) as started:
        yield started


def share(query: str) -> str:
    """The fragment that carries an operation; the page encodes it the same way."""
    packed = base64.urlsafe_b64encode(json.dumps({"query": query}).encode()).decode().rstrip("=")
    return f"#share={packed}"


@asynccontextmanager
async def opened(browser: Browser, origin: str, query: str = "", **size: int) -> AsyncIterator[Page]:
    """The playground with an operation; at the end it had no problem and asked nobody but the router."""
    page = await browser.new_page(**size)
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=NOTE_ANSWERS)
    await page.goto(f"{origin}/{share(query) if query else ''}")
    await page.wait_for("document.querySelector('.graphiql-query-editor .view-line span span') !== null")
    try:
        yield page
        own = (origin, origin.replace("http", "ws", 1), "about:")
        assert [url for url in page.requests if not url.startswith(own)] == []
        assert page.problems == []
    finally:
        await page.send("Page.close")


async def panel(page: Page, name: str) -> None:
    await page.click(f'button[aria-label="Show {name}"]')
    await page.wait_for(f"document.querySelector('button[aria-label=\"Hide {name}\"]') !== null")


async def answer_of(page: Page) -> dict[str, Any]:
    """What the router answered, as it came."""
    told: dict[str, Any] = json.loads(await page.wait_for("window.answered"))
    return told


def ms(value: float) -> str:
    return f"{value:.1f} ms" if value < 10 else f"{int(value + 0.5)} ms"


def size(count: int) -> str:
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB"


async def test_a_question_to_four_subgraphs_shows_its_plan_and_a_waterfall_with_the_right_numbers(
    browser: Browser, router: Router
) -> None:
    async with opened(browser, router.origin) as page:
        await page.evaluate("window.answered = ''")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"lifetimeValue"')
        assert "queryPlan" not in await page.text(RESPONSE)
        await panel(page, "Query plan")
        extensions = (await answer_of(page))["extensions"]
        names = re.findall(
            r'"serviceName":"(\w+)"', json.dumps(extensions["queryPlan"], separators=(",", ":"))
        )
        assert set(names) == {"customers", "orders", "products", "analytics"}
        await page.wait_for(f"document.querySelectorAll('.olympus-fetch').length === {len(names)}")
        shown = await page.evaluate(
            "[...document.querySelectorAll('.olympus-fetch summary strong')].map(one => one.innerText)"
        )
        assert sorted(shown) == sorted(names)
        assert await page.evaluate("document.querySelectorAll('.olympus-parallel').length > 0")
        await page.click(".olympus-views button:nth-child(3)")
        await page.wait_for("document.querySelectorAll('.olympus-waterfall li').length > 0")
        timing = extensions["timing"]
        bars = await page.evaluate(BARS)
        assert len(bars) == len(timing["fetches"])
        for bar, fetch in zip(bars, timing["fetches"], strict=True):
            text = bar["text"].replace("\xa0", " ")
            assert text.startswith(f"{fetch['subgraph']}\n{ms(fetch['durationMs'])}")
            assert f"from {ms(fetch['startMs'])}" in text
            assert f"{size(fetch['requestBytes'])} out, {size(fetch['responseBytes'])} in" in text
            assert f"HTTP {fetch['status']}" in text
            if fetch["representations"]:
                assert f"{fetch['representations']} entit" in text
            assert bar["start"] == pytest.approx(fetch["startMs"] / timing["durationMs"], abs=0.01)
            width = max(fetch["durationMs"] / timing["durationMs"], 0.008)
            assert bar["width"] == pytest.approx(width, abs=0.01)
        summary = await page.text(".olympus-summary")
        assert summary.startswith(
            f"{len(bars)} requests to subgraphs · answered in {ms(timing['durationMs'])}"
        )


async def test_the_cost_panel_tells_what_the_router_weighed(browser: Browser, router: Router) -> None:
    async with opened(browser, router.origin) as page:
        await panel(page, "Cost")
        await page.evaluate("window.answered = ''")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(".olympus-panel", "No limit refuses this operation")
        cost = (await answer_of(page))["extensions"]["cost"]
        told = await page.text(".olympus-cost")
        for part in (f"{cost['estimated']:,g}", f"{cost['actual']:,g}", "Limit of one operation: 1,000"):
            assert part in told
        rows = await page.text(".olympus-panel table")
        for name, one in cost["subgraphs"].items():
            assert f"{name}\t{one['estimated']:,g}\t{one['actual']:,g}\tnone" in rows


async def test_a_limit_that_would_refuse_an_operation_is_named(browser: Browser, router: Router) -> None:
    refused = "{ " + " ".join(f"a{n}: __typename" for n in range(600)) + " }"
    async with opened(browser, router.origin, refused) as page:
        await panel(page, "Cost")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(".olympus-refusal", "Refused: MAX_ALIASES_LIMIT")


async def test_a_subgraph_that_is_down_leaves_a_clear_error_and_a_failed_fetch(
    browser: Browser, seeded: Path
) -> None:
    query = '{ customer(id: "acme-c-0001") { name lifetimeValue { formatted } } }'
    async with (
        demo(seeded, playground_query=query, down="analytics") as router,
        opened(browser, router.origin) as page,
    ):
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"service": "analytics"')
        await panel(page, "Query plan")
        await page.click(".olympus-views button:nth-child(3)")
        await page.wait_for_text(".olympus-waterfall .olympus-failed", "SUBGRAPH_")
        await page.goto(f"{router.origin}/about")
        await page.wait_for("document.querySelectorAll('.bar button').length === 4")
        assert "down" in await page.text("tr.down")
        assert "analytics" in await page.text("tr.down")
        await page.evaluate("document.querySelector('.bar button').click()")
        await page.wait_for_text("#told", "curl example")


async def test_an_error_in_a_question_names_the_place(browser: Browser, router: Router) -> None:
    async with opened(browser, router.origin, "{ me { nam } }") as page:
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, "Cannot query field 'nam' on type")
        await page.wait_for_text(RESPONSE, "GRAPHQL_VALIDATION_FAILED")
        await page.wait_for_text(RESPONSE, '"line": 1')


@pytest.mark.parametrize("transport", ["ws", "sse"])
async def test_an_event_arrives_with_a_name_of_another_subgraph(
    browser: Browser, router: Router, transport: str
) -> None:
    async with opened(browser, router.origin, LIVE) as page:
        await panel(page, "Request settings")
        await page.click(f'.olympus-panel input[value="{transport}"]')
        await page.click(".graphiql-execute-button")
        await page.wait_for(
            "document.querySelector('.graphiql-execute-button[aria-label^=\"Stop\"]') !== null"
        )
        for _ in range(20):  # until the subscription is open, events pass it by
            answer = await router.post(PLACE_ORDER)
            assert "errors" not in answer
            if '"kind": "CREATED"' in await page.text(RESPONSE):
                break
        await page.wait_for_text(RESPONSE, '"name": "')
        assert any(url.startswith("ws:") for url in page.requests) == (transport == "ws")


async def test_a_demo_token_makes_the_next_request_someone_elses(browser: Browser, router: Router) -> None:
    async with opened(browser, router.origin, "{ me { id } }") as page:
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"acme-c-0001"')
        await panel(page, "Request settings")
        await page.wait_for("document.querySelectorAll('.olympus-identity').length === 3")
        await page.evaluate("document.querySelectorAll('.olympus-identity')[2].click()")
        await page.wait_for_text(".olympus-panel pre", '"tenant_id": "globex"')
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"globex-c-0001"')


async def test_keyboard_alone_runs_an_operation_and_reads_its_plan(browser: Browser, router: Router) -> None:
    async def tab_to(found: str) -> None:
        for _ in range(40):
            if await page.evaluate(f"document.activeElement?.matches({json.dumps(found)}) ?? false"):
                return
            await page.press("Tab", 9)
        pytest.fail(f"Tab never reached {found}; it is at {await page.evaluate(AT)}")

    async with opened(browser, router.origin, "{ me { id } }") as page:
        await tab_to(".graphiql-query-editor .graphiql-editor")
        await page.press("Enter", 13)  # into the editor, which Tab alone passes by
        await page.wait_for("document.activeElement.closest('.monaco-editor') !== null")
        await page.press("Enter", 13, modifiers=2)
        await page.wait_for_text(RESPONSE, '"acme-c-0001"')
        await page.press("m", 77, modifiers=2)  # Tab leaves the editor instead of being typed
        await tab_to('button[aria-label="Show Query plan"]')
        await page.press("Enter", 13)
        await page.wait_for_text(".olympus-plan", "Fetch customers")
        await tab_to(".olympus-views button:nth-child(3)")
        await page.press(" ", 32)
        await page.wait_for("document.querySelectorAll('.olympus-waterfall li').length > 0")


async def test_on_a_phone_everything_is_within_the_screen(browser: Browser, router: Router) -> None:
    async with opened(browser, router.origin, width=390, height=844) as page:
        await page.send(
            "Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True
        )
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"lifetimeValue"')
        for name in ("Query plan", "Cost", "Request settings", "Operations"):
            await panel(page, name)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390, name
            box = await page.evaluate(
                "(() => { const b = document.querySelector('.olympus-panel').getBoundingClientRect();"
                " return [b.left, b.right]; })()"
            )
            assert box[0] >= 0 and box[1] <= 390, name


async def test_a_file_chosen_in_the_browser_reaches_its_subgraph(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "a picture.png"
    file.write_bytes(b"pixels" * 1000)
    query = "mutation Send($file: Upload!) { setImage(file: $file) }"
    async with running(has_playground=True) as router, opened(browser, router.origin, query) as page:
        await panel(page, "Request settings")
        await page.wait_for("document.querySelector('input[type=file]') !== null")
        root = (await page.send("DOM.getDocument"))["root"]["nodeId"]
        field = await page.send("DOM.querySelector", nodeId=root, selector="input[type=file]")
        await page.send("DOM.setFileInputFiles", nodeId=field["nodeId"], files=[str(file)])
        await page.wait_for_text(".olympus-panel", "@file:a picture.png")
        await page.evaluate("window.answered = ''")
        await page.click(".graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor")
        await page.insert('{"file": "@file:a picture.png"}')
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"setImage": "a picture.png')
        answer = await answer_of(page)
        assert answer == {"data": {"setImage": expected("a picture.png", file.read_bytes(), "image/png")}}


async def test_the_command_line_prints_events_as_they_come(router: Router) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "router", "query", "-", "--endpoint", f"{router.origin}/graphql"),
        *("--format", "json"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(LIVE.encode())
    process.stdin.close()
    said = asyncio.ensure_future(process.stdout.readuntil(b"\n}\n"))
    try:
        for _ in range(60):  # until the subscription is open, events pass it by
            await router.post(PLACE_ORDER)
            done, _ = await asyncio.wait([said], timeout=1)
            if done:
                break
        event = json.loads(await asyncio.wait_for(said, 5))
        assert event["data"]["orderUpdates"]["order"]["customer"]["name"]
    finally:
        process.terminate()
        await process.wait()
