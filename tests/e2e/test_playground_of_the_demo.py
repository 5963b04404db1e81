"""The playground of the running demo in a real Chromium: four subgraphs, the plan, and a live event."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.fleet import SCHEMA
from tests.over_sockets import demo

EDITOR = ".graphiql-query-editor .view-lines"
RESPONSE = ".graphiql-response .view-lines"
OPERATIONS = SCHEMA / "operations"
ASKED_ITSELF = """fetch('/graphql', {method: 'POST', body: %s, headers: {
    'content-type': 'application/json', 'olympus-include-timing': 'true'}}).then(one => one.text())"""
LIVE = 'subscription Live { orderUpdates(tenantId: "acme") { kind order { customer { name } } } }'


async def test_a_question_to_four_subgraphs_shows_its_answer_and_its_plan(seeded: Path) -> None:
    query = '{ customer(id: "acme-c-0001") { name lifetimeValue { formatted } orders { totalCount } } }'
    async with demo(seeded, playground_query=query) as router, chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{router.origin}/")
        await page.wait_for_text(EDITOR, "lifetimeValue")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"formatted": "EUR')
        await page.click('button[aria-label="Show Query plan"]')
        await page.wait_for_text(".olympus-plan", "Fetch customers")
        plan = await page.text(".olympus-plan")
        assert "Fetch orders" in plan
        assert "Fetch analytics" in plan
        await page.click(".olympus-views button:nth-child(3)")
        await page.wait_for("document.querySelectorAll('.olympus-waterfall li').length > 0")
        told = json.loads(await page.evaluate(ASKED_ITSELF % json.dumps(json.dumps({"query": query}))))
        shown = await page.evaluate(
            "[...document.querySelectorAll('.olympus-waterfall strong')].map(one => one.innerText)"
        )
        timed = told["extensions"]["timing"]["fetches"]
        assert sorted(shown) == sorted(one["subgraph"] for one in timed)
        sizes = await page.text(".olympus-waterfall")
        for one in timed:
            assert f"{one['requestBytes']} B out, {one['responseBytes']} B in" in sizes
        assert page.problems == []
        assert [url for url in page.requests if not url.startswith((router.origin, "about:"))] == []


async def test_a_subgraph_that_is_down_leaves_a_clear_error_and_a_failed_fetch(seeded: Path) -> None:
    query = '{ customer(id: "acme-c-0001") { name lifetimeValue { formatted } } }'
    async with demo(seeded, playground_query=query, down="analytics") as router, chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{router.origin}/")
        await page.wait_for_text(EDITOR, "lifetimeValue")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"service": "analytics"')
        await page.click('button[aria-label="Show Query plan"]')
        await page.click(".olympus-views button:nth-child(3)")
        await page.wait_for_text(".olympus-waterfall .olympus-failed", "SUBGRAPH_")
        assert page.problems == []


@pytest.mark.parametrize("transport", ["ws", "sse"])
async def test_an_event_arrives_with_a_name_of_another_subgraph(seeded: Path, transport: str) -> None:
    async with demo(seeded, playground_query=LIVE) as router, chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{router.origin}/")
        await page.wait_for_text(EDITOR, "orderUpdates")
        await page.click('button[aria-label="Show Request settings"]')
        await page.click(f'.olympus-panel input[value="{transport}"]')
        await page.click(".graphiql-execute-button")
        await page.wait_for(
            "document.querySelector('.graphiql-execute-button[aria-label^=\"Stop\"]') !== null"
        )
        for _ in range(20):  # until the subscription is open, events pass it by
            answer = await router.post((OPERATIONS / "place_order.graphql").read_text("utf-8"))
            assert "errors" not in answer
            if '"kind": "CREATED"' in await page.text(RESPONSE):
                break
        await page.wait_for_text(RESPONSE, '"name": "')
        assert any(url.startswith("ws:") for url in page.requests) == (transport == "ws")
        assert page.problems == []


async def test_the_command_line_prints_events_as_they_come(seeded: Path) -> None:
    async with demo(seeded) as router:
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
                await router.post((OPERATIONS / "place_order.graphql").read_text("utf-8"))
                done, _ = await asyncio.wait([said], timeout=1)
                if done:
                    break
            event = json.loads(await asyncio.wait_for(said, 5))
            assert event["data"]["orderUpdates"]["order"]["customer"]["name"]
        finally:
            process.terminate()
            await process.wait()
