"""Wherever the configuration is for one subgraph, that subgraph's name is found."""

from __future__ import annotations

from router.config.model import RouterConfig
from router.config.named_subgraphs import named_subgraphs
from router.config.options import engine_options
from router.config.shape import value_of_mapping, walk


def test_each_section_for_one_subgraph_tells_its_name() -> None:
    config = RouterConfig.model_validate(
        {
            "headers": {"subgraphs": {"a": {"request": []}}},
            "override_subgraph_url": {"b": "http://127.0.0.1:1/"},
            "traffic_shaping": {"subgraphs": {"c": {"timeout": "1s"}}},
            "include_subgraph_errors": {"subgraphs": {"d": True}},
            "subscription": {"mode": {"passthrough": {"subgraphs": {"e": {"protocol": "sse"}}}}},
        }
    )
    assert sorted(named_subgraphs(config)) == [
        ("headers.subgraphs.a", "a"),
        ("include_subgraph_errors.subgraphs.d", "d"),
        ("override_subgraph_url.b", "b"),
        ("subscription.mode.passthrough.subgraphs.e", "e"),
        ("traffic_shaping.subgraphs.c", "c"),
    ]
    assert engine_options(config).named_subgraphs == named_subgraphs(config)


def test_no_section_for_single_subgraphs_is_left_out() -> None:
    """A new one has to be under a key that is looked for."""
    by_subgraph = {
        ".".join(path)
        for path, field in walk(RouterConfig)
        if value_of_mapping(field.annotation) is not None and "subgraph" in path[-1] and "NAME" not in path
    }
    assert by_subgraph == {
        "demand_control.strategy.static_estimated.subgraph.subgraphs",
        "headers.subgraphs",
        "include_subgraph_errors.subgraphs",
        "override_subgraph_url",
        "subscription.mode.passthrough.subgraphs",
        "tls.subgraph.subgraphs",
        "traffic_shaping.subgraphs",
    }
