"""A folder of subgraph SDLs."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.config.problem import ConfigError
from router.config.sources import subgraphs_source
from router.config.subgraphs_folder import read_subgraphs_folder
from router.engine.reload import UnusableSupergraphError

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n'


def test_each_file_is_a_subgraph_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "b.graphqls").write_text(
        "# routing_url: http://b:1/graphql\n" + LINK + "type Query { b: Int }"
    )
    (tmp_path / "a.graphql").write_text(
        "# Orders.\n\n  # routing_url:http://a:1/\n" + LINK + "type Query { a: Int }"
    )
    (tmp_path / ".hidden.graphql").write_text("nonsense")
    (tmp_path / "readme.txt").write_text("nonsense")
    listed = read_subgraphs_folder(tmp_path, {"a": "http://elsewhere/"})
    assert [(one.name, one.url) for one in listed.inputs] == [
        ("a", "http://a:1/"),
        ("b", "http://b:1/graphql"),
    ]
    assert listed.files[0] == tmp_path
    sdl = subgraphs_source(tmp_path, {}).read()
    assert 'name: "a", url: "http://a:1/"' in sdl


def test_a_url_may_come_from_the_configuration_and_every_problem_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text("type Query { a: Int }\n# routing_url: http://too-late/")
    (tmp_path / "b.graphql").write_bytes(b"\xff")
    (tmp_path / "b.gql").write_text("# routing_url: http://b/")
    with pytest.raises(ConfigError) as caught:
        read_subgraphs_folder(tmp_path, {})
    told = str(caught.value)
    assert "override_subgraph_url.a" in told
    assert "has another file" in told


def test_a_list_in_the_folder_says_which_subgraphs_there_are(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text("type Query { a: Int }")
    (tmp_path / "b.graphql").write_text("nonsense {")
    (tmp_path / "supergraph.yaml").write_text(
        "subgraphs: {x: {routing_url: 'http://x/', schema: {file: a.graphql}}}"
    )
    source = subgraphs_source(tmp_path, {})
    assert 'name: "x"' in source.read()
    assert tmp_path / "a.graphql" in source.files()


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableSupergraphError, match="neither"):
        subgraphs_source(tmp_path, {}).read()
