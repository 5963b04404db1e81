"""The playground of the running demo in a real Chromium: four subgraphs, the plan, and a live event."""

from __future__ import annotations

from pathlib import Path

from tests.browser import chromium
from tests.fleet import SCHEMA
from tests.over_sockets import demo

EDITOR = ".graphiql-query-editor .view-lines"
RESPONSE = ".graphiql-response .view-lines"
OPERATIONS = SCHEMA / "operations"
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
        assert page.problems == []


async def test_an_event_arrives_with_a_name_of_another_subgraph(seeded: Path) -> None:
    async with demo(seeded, playground_query=LIVE) as router, chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{router.origin}/")
        await page.wait_for_text(EDITOR, "orderUpdates")
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
        assert page.problems == []
