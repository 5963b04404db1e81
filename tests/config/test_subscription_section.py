"""How subgraphs are asked for subscriptions: what ``subscription.mode`` may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.config.load import load_config
from router.config.options import engine_options
from router.config.problem import ConfigError
from router.transport.options import StreamChoice, StreamOptions, StreamProtocol


def streams(folder: Path, text: str) -> StreamOptions:
    file = folder / "olympus.yaml"
    file.write_text("subscription:\n  mode:\n    passthrough:\n" + text)
    return engine_options(load_config(file, {})).subgraph_streams


def test_what_a_subgraph_does_not_say_is_what_all_says(tmp_path: Path) -> None:
    got = streams(
        tmp_path,
        """
      all: {protocol: sse, path: /stream, heartbeat_interval: 15s}
      subgraphs:
        a: {protocol: graphql-ws}
        b: {path: /ws, heartbeat_interval: 2s}
""",
    )
    assert got.all == StreamChoice(StreamProtocol.SSE, "/stream", 15)
    assert got.subgraphs == {
        "a": StreamChoice(StreamProtocol.GRAPHQL_WS, "/stream", 15),
        "b": StreamChoice(StreamProtocol.SSE, "/ws", 2),
    }


def test_the_default_is_the_modern_socket_at_the_routing_url(tmp_path: Path) -> None:
    assert streams(tmp_path, "      all:\n") == StreamOptions(all=StreamChoice())


@pytest.mark.parametrize(
    ("swapped", "meant", "literal"),
    [
        ("graphql_ws", "graphql-transport-ws", "graphql-ws"),
        ("graphql_transport_ws", "graphql-ws", "graphql-transport-ws"),
    ],
)
def test_names_that_apollo_router_swaps_are_refused_with_both_meanings(
    tmp_path: Path, swapped: str, meant: str, literal: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        streams(tmp_path, f"      subgraphs: {{a: {{protocol: {swapped}}}}}\n")
    (problem,) = caught.value.problems
    told = str(problem)
    assert "subscription.mode.passthrough.subgraphs.a.protocol" in told
    assert f"means {meant} in Apollo Router" in told and f"or {literal} if" in told


def test_a_protocol_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'graphql-transport-ws', 'graphql-ws', 'sse' or 'multipart'"):
        streams(tmp_path, "      all: {protocol: websocket}\n")
