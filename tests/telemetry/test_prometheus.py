"""The real command with metrics: its own listener, several workers, and the dashboard that reads them."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.serve_process import AnyAnswer, Served, eventually, served, supergraph

DASHBOARD = Path(__file__).parents[2] / "docs" / "deploy" / "grafana" / "olympus-router.json"

CONFIG = """
telemetry: {exporters: {metrics: {prometheus: {enabled: true, listen: "127.0.0.1:0"}}}}
traffic_shaping: {all: {circuit_breaker: {enabled: true}, retry: {enabled: true, max_attempts: 2}}}
demand_control: {enabled: true}
"""

GIVEN_BY_PROMETHEUS = {"job", "instance", "le"}


class Scraped:
    """A router of two workers, and where it tells its metrics."""

    def __init__(self, router: Served) -> None:
        self.router = router
        found = re.search(r'"port":(\d+),"path":"/metrics"', router.logged())
        assert found, router.logged()
        self.url = f"http://127.0.0.1:{found[1]}/metrics"

    def text(self) -> str:
        with urllib.request.urlopen(self.url, timeout=30) as response:
            return response.read().decode()

    def total(self, name: str) -> float:
        families = text_string_to_metric_families(self.text())
        return sum(sample.value for family in families for sample in family.samples if sample.name == name)

    def labels(self) -> dict[str, set[str]]:
        """By sample name: the labels it has."""
        labels: dict[str, set[str]] = {}
        for family in text_string_to_metric_families(self.text()):
            for sample in family.samples:
                labels.setdefault(sample.name, set()).update(sample.labels)
        return labels


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "olympus.yaml").write_text(CONFIG)
    with AnyAnswer() as subgraph:
        (folder / "supergraph.graphql").write_text(supergraph(subgraph.url))
        arguments = ["--supergraph", folder / "supergraph.graphql", "--config", folder / "olympus.yaml"]
        with served(folder, *arguments, "--port", 0, "--workers", 2) as router:
            yield Scraped(router)
            assert router.stop() == 0


def test_several_workers_tell_one_sum_and_a_dead_one_takes_nothing_with_it(scraped: Scraped) -> None:
    for _ in range(20):
        scraped.router.ask()
    name = "olympus_http_requests_total"
    assert [scraped.total(name) for _ in range(4)] == [20.0] * 4
    eventually(lambda: scraped.total("olympus_workers") == 2, "both workers are read")
    victim = scraped.router.workers()[0]
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: victim not in scraped.router.workers(), "the worker is gone")
    eventually(lambda: len(scraped.router.workers()) == 2, "another takes its place")
    assert scraped.total(name) == 20
    for _ in range(10):
        scraped.router.ask()
    assert scraped.total(name) == 30
    assert scraped.total("olympus_workers") == 2


def test_metrics_are_not_told_where_graphql_is(scraped: Scraped) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{scraped.router.origin}/metrics", timeout=30)


def test_every_query_of_the_dashboard_reads_metrics_and_labels_that_there_are(scraped: Scraped) -> None:
    router = scraped.router
    router.ask("{ items { id } }")
    body = json.dumps({"query": "{ nope }"}).encode()
    headers = {"content-type": "application/json", "apollographql-client-name": "web"}
    urllib.request.urlopen(urllib.request.Request(router.url, body, headers), timeout=30).close()
    eventually(lambda: "olympus_circuit_breaker_state" in scraped.labels(), "the breaker is read")
    there = scraped.labels()
    # One subgraph that is well has neither of these; test_metrics.py sees them with these labels.
    there["olympus_graphql_errors_total"] = {"code"}
    there["olympus_subgraph_errors_total"] = {"subgraph", "code"}
    for name in ("entity_requests_total", "entity_representations_total"):
        there[f"olympus_{name}"] = {"subgraph"}
    queries = [
        target["expr"]
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel.get("targets", ())
    ]
    assert len(queries) > 40
    for query in queries:
        names = set(re.findall(r"olympus_[a-z_]+", query))
        assert names
        assert names <= there.keys(), f"{query}: {names - there.keys()}"
        used = set(re.findall(r"([a-z_]+)\s*=", query))
        for group in re.findall(r"by \(([^)]*)\)", query):
            used |= set(re.split(r",\s*", group))
        known = set().union(*(there[name] for name in names), GIVEN_BY_PROMETHEUS)
        assert used <= known, f"{query}: {used - known}"
