"""Orders and analytics as two processes: what one publishes reaches the other through a real Redis."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

CALLER = {"x-tenant-id": "acme", "x-user-id": "acme-c-0001"}
ORDER = """mutation { createOrder(input: {customerId: "acme-c-0001", items: [
  {productId: "acme-p-0007", sku: "ACME-0007", quantity: 2, unitPrice: {amount: 4900, currency: EUR}}]}) { id } }"""


@contextmanager
def subgraph(name: str, folder: Path, redis: str) -> Iterator[str]:
    """Give the URL of one subgraph in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "subgraphs", "--only", name, f"--{name}-port", "0"],
        env={**os.environ, "OLYMPUS_DEMO_DIR": str(folder), "OLYMPUS_REDIS_URL": redis},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[1]
        finally:
            process.kill()


def ask(url: str, query: str) -> dict[str, object]:
    answer: dict[str, dict[str, object]] = httpx.post(
        url, json={"query": query}, headers=CALLER, timeout=20
    ).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_an_order_reaches_analytics_through_redis(tmp_path: Path, redis_url: str) -> None:
    count = "{ dashboard(days: 1) { orderCount } }"
    with (
        subgraph("analytics", tmp_path / "a", redis_url) as analytics,
        subgraph("orders", tmp_path / "o", redis_url) as orders,
    ):
        before = ask(analytics, count)
        deadline = time.monotonic() + 20
        while ask(analytics, count) == before:  # an event published before analytics listens passes it by
            assert time.monotonic() < deadline, "no order reached analytics"
            ask(orders, ORDER)
            time.sleep(0.2)
