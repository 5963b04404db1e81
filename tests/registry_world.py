"""A registry with a history: the demo's four subgraphs, releases, checks, and a month of usage.

``python -m tests.registry_world FOLDER`` takes the pictures of ``docs/registry.md``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from router.federation.supergraph import Supergraph, read_supergraph
from router.language.document import parse_operation
from router.language.used_operation import UsedOperation, used_operation
from router.planning.normalize.normalize import select_operation
from router.registry.database.connect import open_database
from router.registry.database.writes import Signed
from router.registry.model import Contract, Publication, VariantRef
from router.registry.options import RegistryOptions
from router.registry.registry import Registry
from router.registry.tokens import Scope, Tokens
from router.registry.usage.model import BUCKETS, Client, UsageCount, UsageReport
from router.server.registry import create_registry_app
from router.server.traffic import Traffic
from tests.browser import Page, chromium
from tests.serving import serving

SCHEMA = Path(__file__).parents[1] / "schema"
REF = VariantRef("shop", "production")
OWNERS = {"orders": "ana", "products": "ben", "customers": "cleo", "analytics": "dev"}
CLIENTS = (Client("web", "4.2.0"), Client("ios", "3.1"), Client("android", "3.0"), Client("partner", "1"))
OPERATIONS = ("product_page", "open_orders", "customer_overview", "search")


def sdl(name: str) -> str:
    return (SCHEMA / f"{name}.graphql").read_text()


def publication(name: str, text: str) -> Publication:
    return Publication(name, text, f"http://{name}.internal:4001/graphql")


def without(text: str, line: str) -> str:
    assert f"\n{line}\n" in text
    return text.replace(f"\n{line}\n", "\n  blurb: String\n", 1)


def operation(name: str) -> str:
    return (SCHEMA / "operations" / f"{name}.graphql").read_text()


@asynccontextmanager
async def registry_world(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Serve it; gives its page's address and a token that may read it."""
    url = f"sqlite:///{folder / 'registry.db'}"
    registry = Registry(await open_database(url))
    try:
        await _history(registry)
        new = await Tokens(registry.database).create(
            "reader", {"shop": Scope.READ}, Signed("tests", datetime.now(UTC)), None
        )
        app = create_registry_app(RegistryOptions(database_url=url), Traffic())
        async with serving(app) as origin:
            yield f"{origin}/registry/", new.text
    finally:
        await registry.close()


async def _history(registry: Registry) -> None:
    for name in OWNERS:
        await registry.publish(REF, [publication(name, sdl(name))], OWNERS[name])
    await registry.derive(VariantRef("shop", "partners"), Contract("production", (), ("internal",)), "ana")
    await _usage(registry)
    products = sdl("products")
    described = products + '\n"How a product is packed."\nenum Packing { BOX BAG }\n'
    described += "extend type Product { packing: Packing color: String @deprecated }\n"
    await registry.publish(REF, [publication("products", described)], "ben")
    await registry.check(REF, [publication("products", without(products, "  description: String"))], "ben")


async def _usage(registry: Registry) -> None:
    live = await registry.live_id(REF)
    text = None if live is None else await registry.release_text(live)
    assert text is not None
    supergraph = read_supergraph(text.supergraph_sdl)
    operations = [_used(supergraph, operation(name)) for name in OPERATIONS]
    now = datetime.now(UTC)
    for day in range(30):
        counts = []
        for at, used in enumerate(operations):
            for who, client in enumerate(CLIENTS):
                requests = (37 * (day + 3) * (at + 2)) % 90 * (4 - who) * (at + 1) + 20
                if client.name == "partner" and day < 20:
                    continue
                buckets = (0, 0, requests, *[0] * (BUCKETS - 3))
                counts.append(
                    UsageCount(used.hash, client, requests, requests // 90, requests * 14_300, buckets)
                )
        report = UsageReport(now - timedelta(days=29 - day), tuple(operations), tuple(counts))
        await registry.insight.report_usage(REF, report)


def _used(supergraph: Supergraph, text: str) -> UsedOperation:
    document = parse_operation(text)
    return used_operation(document, select_operation(document, None), supergraph.api_schema)


async def open_page(page: Page, address: str, token: str) -> None:
    """Sign in by hand."""
    await page.goto(address)
    await page.wait_for("document.querySelector('#token') !== null")
    await page.click("#token")
    await page.insert(token)
    await page.click(".sign-in button")
    await page.wait_for_text("h1", "Graphs")


async def show(page: Page, place: str) -> None:
    """Go to a place of the page, and wait until it is shown."""
    await page.evaluate(f"void (location.hash = {place!r})")
    await page.wait_for(f"document.querySelector('#content').dataset.shown === {place!r}")


PICTURES = {
    "registry-subgraphs": "#/shop/production/subgraphs",
    "registry-release": "#/shop/production/releases",
    "registry-check": "#/shop/production/checks",
    "registry-usage": "#/shop/production/usage/Product.name",
}


async def take_pictures(target: Path) -> None:
    """Write each picture; one in dark, too, and one as on a phone."""
    with TemporaryDirectory() as folder:
        async with registry_world(Path(folder)) as (address, token), chromium() as browser:
            page = await browser.new_page(1200, 1000)
            await open_page(page, address, token)
            for name, place in PICTURES.items():
                await show(page, place)
                if name in {"registry-check", "registry-release"}:
                    href = await page.evaluate("document.querySelector('tbody a').getAttribute('href')")
                    await show(page, str(href))
                for scheme in ("light", "dark") if name == "registry-usage" else ("light",):
                    features = [{"name": "prefers-color-scheme", "value": scheme}]
                    await page.send("Emulation.setEmulatedMedia", features=features)
                    suffix = "" if scheme == "light" else "-dark"
                    await page.screenshot(target / f"{name}{suffix}.png")
            await page.send("Emulation.setEmulatedMedia", features=[])
            await page.send(
                "Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=2, mobile=True
            )
            await show(page, PICTURES["registry-usage"])
            await page.screenshot(target / "registry-phone.png")
            print(page.problems)


if __name__ == "__main__":
    asyncio.run(take_pictures(Path(sys.argv[1])))
