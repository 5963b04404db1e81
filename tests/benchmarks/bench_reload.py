"""Reloads under load: is a request lost, and does memory come back?

    python -m tests.benchmarks.bench_reload [--reloads 500] [--clients 4]

Every second reload is one of the supergraph, the others are of the configuration.  Ends with status 1 when a request
was lost or memory ends more than a tenth above what it was after the first ten.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.e2e.test_lifecycle import replace, storm
from tests.serve_process import AnyAnswer, Served, eventually, served, supergraph

SETTLED = 10
"""Reloads after which memory is as large as one router needs."""
MAX_GROWTH = 1.10


def run(reloads: int, clients: int) -> int:
    """Reload so often.  Gives the exit status."""
    with tempfile.TemporaryDirectory() as name, AnyAnswer() as shop:
        folder = Path(name)
        good = {"supergraph": {"file": "supergraph.graphql", "listen": "127.0.0.1:0"}}
        file = folder / "olympus.yaml"
        file.write_text(json.dumps(good))
        (folder / "supergraph.graphql").write_text(supergraph(shop.url))
        with served(folder, "--config", file) as router:
            stop, failures, counts = threading.Event(), list[str](), [0]
            threads = [
                threading.Thread(target=storm, args=(router, stop, failures, counts), daemon=True)
                for _ in range(clients)
            ]
            for thread in threads:
                thread.start()
            began_s = time.monotonic()
            memory = _reload(router, folder, good, shop.url, reloads)
            took_s = time.monotonic() - began_s
            stop.set()
            for thread in threads:
                thread.join()
            ready = router.ready()
    first, last = memory[min(SETTLED, reloads)], memory[reloads]
    taken = ready["supergraph"]["taken"] - 1 - ready["configuration"]["taken"]
    print(
        f"{reloads} reloads in {took_s:.0f} s: {taken} of the supergraph, {ready['configuration']['taken']} others"
    )
    print(f"{counts[0]} requests answered, {len(failures)} lost {failures[:3]}")
    print("memory, MB: " + ", ".join(f"after {at}: {mb:.1f}" for at, mb in memory.items()))
    return 1 if failures or last > first * MAX_GROWTH else 0


def _reload(
    router: Served, folder: Path, good: dict[str, object], url: str, reloads: int
) -> dict[int, float]:
    """Give resident memory after some of the reloads."""
    memory: dict[int, float] = {}
    shown = {1, SETTLED, 50, 100, 200, 300, 400, reloads}
    for number in range(1, reloads + 1):
        before = router.ready()
        if number % 2:
            replace(folder / "supergraph.graphql", supergraph(url, f"more{number}: Int"))
            eventually(lambda b=before: router.ready()["supergraph"]["id"] != b["supergraph"]["id"])
        else:
            replace(folder / "olympus.yaml", json.dumps(good | {"limits": {"max_aliases": 100 + number}}))
            eventually(
                lambda b=before: router.ready()["configuration"]["taken"] > b["configuration"]["taken"]
            )
        if number in shown:
            memory[number] = router.resident_mb()
    return memory


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reloads", type=int, default=500)
    parser.add_argument("--clients", type=int, default=4)
    given = parser.parse_args()
    return run(given.reloads, given.clients)


if __name__ == "__main__":
    sys.exit(main())
