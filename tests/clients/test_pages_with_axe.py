"""The pages, looked at by axe-core: nothing serious in the way of keyboards and screen readers.

``.ci/clients`` installs axe outside the tree and says where (``CLIENTS``); without that the tests are skipped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.browser import Page, chromium
from tests.fleet import seed
from tests.over_sockets import demo
from tests.registry_world import open_page, registry_world, show

QUERY = '{ customer(id: "acme-c-0001") { name lifetimeValue { formatted } } }'
PANELS = (
    "Documentation Explorer",
    "History",
    "Operations",
    "Query plan",
    "Cost",
    "Request settings",
)
LOOK = """axe.run(ONLY).then(told => JSON.stringify(told.violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`)))"""


DARK = [{"name": "prefers-color-scheme", "value": "dark"}]
REGISTRY_PLACES = (
    "#/shop/production/subgraphs",
    "#/shop/production/subgraphs/products",
    "#/shop/production/releases",
    "#/shop/production/checks",
    "#/shop/production/usage/Product.name",
)


def axe_source() -> str:
    """axe-core; skips where it is not installed."""
    home = os.environ.get("CLIENTS")
    if not home:
        pytest.skip("CLIENTS is not set; run make clients")
    return (Path(home) / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


async def found(page: Page, only: str = "{}") -> list[str]:
    """What axe finds that is serious or worse; ``only`` are its options."""
    told: list[str] = json.loads(await page.evaluate(LOOK.replace("ONLY", only)))
    return told


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    seed(folder)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_any_panel(seeded: Path, scheme: str) -> None:
    axe = axe_source()
    async with demo(seeded, playground_query=QUERY, down="orders") as router, chromium() as browser:
        page = await browser.new_page()
        scheme_feature = [{"name": "prefers-color-scheme", "value": scheme}]
        await page.send("Emulation.setEmulatedMedia", features=scheme_feature)
        await page.goto(f"{router.origin}/about")
        await page.wait_for_text("tr.down", "orders")
        await page.evaluate(f"{axe}; true")
        assert await found(page) == [], "the landing page"
        await page.goto(f"{router.origin}/")
        await page.wait_for_text(".graphiql-query-editor .view-lines", "lifetimeValue")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(".graphiql-response .view-lines", "formatted")
        await page.evaluate(f"{axe}; true")
        for panel in PANELS:
            await page.click(f'button[aria-label="Show {panel}"]')
            await page.wait_for(f"document.querySelector('button[aria-label=\"Hide {panel}\"]') !== null")
            assert await found(page) == [], panel


async def test_axe_finds_nothing_serious_on_the_registrys_page(tmp_path: Path) -> None:
    axe = axe_source()
    async with registry_world(tmp_path) as (address, token), chromium() as browser:
        page = await browser.new_page()
        await page.goto(address)
        await page.wait_for("document.querySelector('#token') !== null")
        await page.evaluate(f"{axe}; true")
        assert await found(page) == [], "sign-in"
        await open_page(page, address, token)
        await page.evaluate(f"{axe}; true")
        for place in REGISTRY_PLACES:
            await show(page, place)
            await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert await found(page) == [], place
            await page.send("Emulation.setEmulatedMedia", features=DARK)
            assert await found(page, "{runOnly: ['color-contrast']}") == [], f"{place}, dark"
            await page.send("Emulation.setEmulatedMedia", features=[])
        for place in ("#/shop/production/releases", "#/shop/production/checks"):
            await show(page, place)
            await show(
                page, str(await page.evaluate("document.querySelector('tbody a').getAttribute('href')"))
            )
            assert await found(page) == [], f"one of {place}"
        assert page.problems == []
