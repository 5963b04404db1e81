"""Pictures of the demo's playground and landing page, for README and docs.

python -m tests.playground_pictures docs/images
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser import Browser, Page, chromium
from tests.fleet import SCHEMA, seed
from tests.over_sockets import demo

OVERVIEW = (SCHEMA / "operations" / "customer_overview.graphql").read_text("utf-8")
RESPONSE = ".graphiql-response .view-lines"
SETTLE_S = 1.5
"""Fonts and the editors' layout have no event that says they are done."""


async def answered(browser: Browser, origin: str, width: int, height: int) -> Page:
    """The playground with its first operation's answer; the second run is shown, when connections are open."""
    page = await browser.new_page(width, height)
    await page.send(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=2 if width < 500 else 1,
        mobile=width < 500,
    )
    await page.goto(f"{origin}/")
    await page.wait_for_text(".graphiql-query-editor .view-lines", "lifetimeValue")
    for _ in range(2):
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(RESPONSE, '"lifetimeValue"')
        await asyncio.sleep(SETTLE_S)
    return page


async def show(page: Page, panel: str, view: int | None = None) -> None:
    """Open a panel, and one of its views."""
    await page.click(f'button[aria-label="Show {panel}"]')
    if view is not None:
        await page.click(f".olympus-views button:nth-child({view})")
    await asyncio.sleep(SETTLE_S)


async def take_pictures(seeded: Path, target: Path) -> None:
    """Write the pictures, and print what the pages had to complain of."""
    async with demo(seeded, playground_query=OVERVIEW) as router, chromium() as browser:
        page = await answered(browser, router.origin, 1280, 800)
        await show(page, "Query plan", 3)
        await page.screenshot(target / "playground.png")
        await page.click(".olympus-views button:nth-child(1)")
        await asyncio.sleep(SETTLE_S)
        await page.screenshot(target / "playground-plan.png")
        await show(page, "Cost")
        await page.screenshot(target / "playground-cost.png")
        phone = await answered(browser, router.origin, 390, 844)
        await show(phone, "Query plan", 3)
        await phone.screenshot(target / "playground-phone.png")
        await page.goto(f"{router.origin}/about")
        await page.wait_for("document.querySelectorAll('.bar button').length === 4")
        await page.screenshot(target / "landing-page.png")
        print(page.problems, phone.problems)


def main(target: Path) -> None:
    """Seed the demo's databases, then take the pictures."""
    with TemporaryDirectory() as folder:
        seed(Path(folder))
        asyncio.run(take_pictures(Path(folder), target))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
