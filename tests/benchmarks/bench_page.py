"""How soon the playground can be typed in, cold, and what it transfers.

    python -m tests.benchmarks.bench_page [--rounds 7]

Each round is a profile of its own in one Chromium, so nothing is cached; the first is that of a browser just started.
The time is from the navigation's start to the first coloured word in the editor; the bytes are those of all answers
with their heads, compressed as they came, until nothing more is asked for, workers' included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
from dataclasses import dataclass

from router.server.app import create_app
from router.server.options import ServerOptions
from tests.benchmarks.report import machine
from tests.browser import Browser, chromium
from tests.engine.sample import Sample
from tests.serving import serving

WATCH = """new MutationObserver((_all, watcher) => {
  if (!document.querySelector('.graphiql-query-editor .view-line span span')) return;
  window.typable = performance.now();
  watcher.disconnect();
}).observe(document, {subtree: true, childList: true});"""
TOLD = """JSON.stringify([performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  performance.getEntriesByType('navigation')[0].transferSize
    + performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)])"""
QUIET_S = 2.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one load took."""

    painted_ms: float
    typable_ms: float
    main_thread_ms: float
    transferred: int


async def load(browser: Browser, origin: str) -> Round:
    """Load the page once, in a profile of its own."""
    page = await browser.new_page()
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    await page.send("Performance.enable")
    await page.goto(f"{origin}/")
    typable_ms = await page.wait_for("window.typable", 60)
    metrics = (await page.send("Performance.getMetrics"))["metrics"]
    busy_s = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
    await asyncio.sleep(QUIET_S)
    painted_ms, transferred = json.loads(await page.evaluate(TOLD))
    await page.send("Page.close")
    return Round(painted_ms, typable_ms, busy_s * 1000, transferred)


async def measure(rounds: int) -> list[Round]:
    """Load the page again and again."""
    app = create_app(Sample().engine, ServerOptions(has_playground=True, playground_query="{ slow }"))
    async with serving(app) as origin, chromium() as browser:
        return [await load(browser, origin) for _ in range(rounds)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = asyncio.run(measure(parser.parse_args().rounds))
    print(f"{machine()}; load average {os.getloadavg()[0]:.1f}")
    print("painted ms   typable ms   main thread ms   bytes")
    for one in rounds:
        print(
            f"{one.painted_ms:10.0f} {one.typable_ms:12.0f} {one.main_thread_ms:16.0f} {one.transferred:10,d}"
        )
    typable = [one.typable_ms for one in rounds]
    print(f"typable: median {statistics.median(typable):.0f} ms, first {typable[0]:.0f} ms")


if __name__ == "__main__":
    main()
