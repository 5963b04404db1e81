"""What ``traffic_shaping`` says about subgraphs that fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.config.load import load_config
from router.config.options import engine_options
from router.config.problem import ConfigError
from router.transport.resilience.options import (
    BreakerOptions,
    ConcurrencyOptions,
    HealthCheckOptions,
    HedgeOptions,
    ResilienceOptions,
    RetryOptions,
    SubgraphPolicy,
)


def resilience(folder: Path, text: str) -> ResilienceOptions:
    file = folder / "olympus.yaml"
    file.write_text("traffic_shaping:\n" + text)
    return engine_options(load_config(file, {})).resilience


def test_nothing_is_on_unless_it_is_said(tmp_path: Path) -> None:
    got = resilience(tmp_path, "  subgraphs: {a: {timeout: 2s}}\n")
    assert got.is_idle


def test_switching_on_takes_the_defaults(tmp_path: Path) -> None:
    on = "{enabled: true}"
    got = resilience(tmp_path, f"  all: {{retry: {on}, circuit_breaker: {on}, hedge: {on}}}\n")
    assert got.all == SubgraphPolicy(RetryOptions(), BreakerOptions(), HedgeOptions())


def test_a_subgraph_says_its_own(tmp_path: Path) -> None:
    got = resilience(
        tmp_path,
        """
  all:
    retry: {enabled: true, max_attempts: 5}
    concurrency_limit: 10
    queue_limit: 7
  subgraphs:
    a:
      retry: {enabled: false}
      circuit_breaker: {enabled: true, error_threshold_percentage: 20, statuses: [500], error_codes: [DOWN]}
      queue_timeout: 1s
      urls: [http://a1/graphql, http://a2/graphql]
    b: {concurrency_limit: null}
""",
    )
    assert got.of("a") == SubgraphPolicy(
        breaker=BreakerOptions(error_ratio=0.2, statuses=frozenset({500}), error_codes=frozenset({"DOWN"})),
        concurrency=ConcurrencyOptions(10, 7, 1.0),
        urls=("http://a1/graphql", "http://a2/graphql"),
        health_check=HealthCheckOptions(),
    )
    assert got.of("b") == SubgraphPolicy(retry=RetryOptions(max_attempts=5))
    assert got.of("c") == SubgraphPolicy(
        retry=RetryOptions(max_attempts=5), concurrency=ConcurrencyOptions(10, 7)
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("retry: {max_attempts: 1}", "max_attempts"),
        ("circuit_breaker: {error_threshold_percentage: 0}", "error_threshold_percentage"),
        ("circuit_breaker: {statuses: [5000]}", "statuses"),
        ("hedge: {percentile: 100}", "percentile"),
        ("hegde: {enabled: true}", "hedge"),
    ],
)
def test_what_cannot_be_is_refused_by_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        resilience(tmp_path, f"  all: {{{text}}}\n")
