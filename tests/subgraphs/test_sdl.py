"""The SDL in ``schema/`` is the one that the code-first subgraphs serve."""

from __future__ import annotations

import pytest
from graphql import parse
from graphql.language import ast, visitor

from subgraphs.print_schema import CODE_FIRST, main, printed_sdl
from subgraphs.sdl import read_sdl

OF_FEDERATION = ("eventSource", "_Any", "_Entity", "_Service", "_entities", "_service")


@pytest.mark.parametrize("name", CODE_FIRST)
def test_the_file_is_what_the_code_says(name: str) -> None:
    assert read_sdl(name) == printed_sdl(name), (
        f"stale: python -m subgraphs.print_schema {name} > schema/{name}.graphql"
    )


@pytest.mark.parametrize("name", CODE_FIRST)
def test_everything_has_a_description(name: str) -> None:
    bare: list[str] = []

    class Undescribed(visitor.Visitor):
        def enter(self, node: ast.Node, *_: object) -> object:
            described = getattr(node, "name", None)
            if described is not None and described.value in OF_FEDERATION:
                return visitor.SKIP
            if "description" in node.keys and getattr(node, "description", None) is None:
                bare.append(getattr(described, "value", node.kind))
            return None

    visitor.visit(parse(read_sdl(name)), Undescribed())
    assert [found for found in bare if found != "schema_definition"] == []


def test_printing_an_unknown_subgraph_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nope"]) == 2
    assert "{orders,customers}" in capsys.readouterr().err
    assert main(["customers"]) == 0
    assert capsys.readouterr().out == read_sdl("customers")
