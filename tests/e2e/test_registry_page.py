"""The registry's page in a real Chromium, under its content-security policy, over a registry with a history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from router.server.registry_page import PAGE
from tests.browser import Browser, Page, chromium
from tests.registry_world import open_page, registry_world, show

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASE = "#/shop/production"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, str]]:
    folder: Path = tmp_path_factory.mktemp("registry")
    async with registry_world(folder) as running:
        yield running


@asynccontextmanager
async def signed_in(browser: Browser, world: tuple[str, str]) -> AsyncIterator[Page]:
    """The page, signed in; at the end it must have had no problem and asked nobody else."""
    address, token = world
    page = await browser.new_page()
    await open_page(page, address, token)
    yield page
    await page.goto("about:blank")
    assert [url for url in page.requests if not url.startswith(address) and url != "about:blank"] == []
    assert page.problems == []


async def test_graphs_and_variants_are_listed(browser: Browser, world: tuple[str, str]) -> None:
    async with signed_in(browser, world) as page:
        shown = await page.text("main")
        assert "production" in shown and "partners" in shown
        assert "contract of production" in shown
        await page.click("article:last-of-type a")
        await page.wait_for_text(".tabs a[aria-current]", "Subgraphs")


async def test_subgraphs_have_owners_sdl_and_a_picture_of_their_entities(
    browser: Browser, world: tuple[str, str]
) -> None:
    async with signed_in(browser, world) as page:
        await show(page, f"{BASE}/subgraphs")
        assert "By cleo" in await page.text("main")
        assert await page.evaluate("document.querySelectorAll('.picture path.edge').length") == 12
        await page.evaluate("document.querySelector('.picture [tabindex]').focus()")
        assert await page.evaluate("document.querySelectorAll('.picture .dim').length") > 0
        await page.click("main details summary")
        await page.wait_for_text("main details", "OrderItem")
        await show(page, f"{BASE}/subgraphs/products")
        sdl = await page.text("pre")
        assert "enum Packing" in sdl
        assert await page.evaluate("document.querySelectorAll('pre .d').length") > 0


async def test_a_release_tells_what_changed(browser: Browser, world: tuple[str, str]) -> None:
    async with signed_in(browser, world) as page:
        await show(page, f"{BASE}/releases")
        await page.click("tbody a")
        await page.wait_for_text("main", "What changed since release")
        assert "Product.packing" in await page.text(".findings")
        assert "safe" in await page.text(".findings")


async def test_a_failed_check_names_the_clients_that_it_would_break(
    browser: Browser, world: tuple[str, str]
) -> None:
    async with signed_in(browser, world) as page:
        await show(page, f"{BASE}/checks")
        assert "failed" in await page.text("tbody tr")
        await page.click("tbody a")
        await page.wait_for_text(".findings li", "Product.description")
        first = await page.text(".findings li")
        assert "error" in first and "ProductPage" in first and "by ios 3.1" in first


async def test_usage_shows_operations_and_one_coordinate_over_time(
    browser: Browser, world: tuple[str, str]
) -> None:
    async with signed_in(browser, world) as page:
        await show(page, f"{BASE}/usage")
        assert "OpenOrders" in await page.text("tbody")
        await page.click("#coordinate")
        await page.insert("Query.product(sku:)")
        await page.click("form button")
        await page.wait_for("document.querySelectorAll('.chart rect').length > 60")
        assert await page.text(".legend") == "web\nios\nandroid\npartner"
        operations = await page.text(".chart ~ .table tbody")
        assert "ProductPage" in operations and "OpenOrders" not in operations
        await page.click(".chart summary")
        await page.wait_for_text(".chart thead", "Day\tweb\tios\tandroid\tpartner")
        assert await page.evaluate("document.querySelectorAll('.chart tbody tr').length") >= 29
        await show(page, f"{BASE}/usage/Product.nothing")
        assert "has no Product.nothing" in await page.text("[role=alert]")


async def test_what_is_not_there_is_said_and_nothing_breaks(browser: Browser, world: tuple[str, str]) -> None:
    async with signed_in(browser, world) as page:
        for place in ("#/shop/nowhere", "#/other/production", f"{BASE}/releases/999", f"{BASE}/checks/999"):
            await show(page, place)
            assert await page.text("[role=alert]")


async def test_a_wrong_token_is_refused_and_signing_out_forgets_it(
    browser: Browser, world: tuple[str, str]
) -> None:
    address, token = world
    page = await browser.new_page()
    await open_page(page, address, token)
    await page.click("#sign-out")
    await page.wait_for_text("h1", "Sign in")
    assert await page.evaluate("sessionStorage.length") == 0
    await page.click("#token")
    await page.insert("olr_wrong")
    await page.click(".sign-in button")
    await page.wait_for("document.querySelector('[role=alert]') !== null")


@pytest.mark.parametrize("place", ["#/", f"{BASE}/subgraphs", f"{BASE}/checks", f"{BASE}/usage/Product.name"])
async def test_nothing_sticks_out_of_a_phone_and_every_control_has_a_name(
    browser: Browser, world: tuple[str, str], place: str
) -> None:
    async with signed_in(browser, world) as page:
        await page.send(
            "Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1, mobile=True
        )
        await show(page, place)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        unnamed = """[...document.querySelectorAll('a, button, input, [tabindex="0"]')].filter((one) =>
          !(one.innerText || one.getAttribute('aria-label') || one.labels?.length || one.textContent)).length"""
        assert await page.evaluate(unnamed) == 0
        assert await page.evaluate("document.querySelectorAll('h1').length") == 1


async def test_the_page_is_served_under_a_policy_and_only_its_files_are(world: tuple[str, str]) -> None:
    address, _ = world
    async with httpx.AsyncClient() as client:
        page = await client.get(address)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (await client.get(address.rstrip("/"))).headers["location"] == "registry/"
        assert (await client.get(f"{address}main.js")).headers["content-type"].startswith("text/javascript")
        for name in ("nothing.js", "..%2fapp.py", ".."):
            assert "import" not in (await client.get(f"{address}{name}")).text


async def test_the_page_names_no_other_host() -> None:
    for file in PAGE.iterdir():
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text
