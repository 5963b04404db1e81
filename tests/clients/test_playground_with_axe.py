"""The playground, looked at by axe-core: nothing serious in the way of keyboards and screen readers.

``.ci/clients`` installs axe outside the tree and says where (``CLIENTS``); without that the tests are skipped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.fleet import seed
from tests.over_sockets import demo

QUERY = '{ customer(id: "acme-c-0001") { name lifetimeValue { formatted } } }'
PANELS = (
    "Documentation Explorer",
    "History",
    "Operations",
    "Query plan",
    "Request settings",
)
LOOK = """axe.run().then(told => JSON.stringify(told.violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' ')}`)))"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    seed(folder)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_any_panel(seeded: Path, scheme: str) -> None:
    home = os.environ.get("CLIENTS")
    if not home:
        pytest.skip("CLIENTS is not set; run make clients")
    axe = (Path(home) / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    async with demo(seeded, playground_query=QUERY) as router, chromium() as browser:
        page = await browser.new_page()
        scheme_feature = [{"name": "prefers-color-scheme", "value": scheme}]
        await page.send("Emulation.setEmulatedMedia", features=scheme_feature)
        await page.goto(f"{router.origin}/")
        await page.wait_for_text(".graphiql-query-editor .view-lines", "lifetimeValue")
        await page.click(".graphiql-execute-button")
        await page.wait_for_text(".graphiql-response .view-lines", "formatted")
        await page.evaluate(f"{axe}; true")
        for panel in PANELS:
            await page.click(f'button[aria-label="Show {panel}"]')
            await page.wait_for(f"document.querySelector('button[aria-label=\"Hide {panel}\"]') !== null")
            assert json.loads(await page.evaluate(LOOK)) == [], panel
