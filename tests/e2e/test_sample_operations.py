"""The sample operations in ``schema/operations``: valid, planned, and answered without errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate
from graphql.language import OperationDefinitionNode, OperationType

from router.federation.supergraph import read_supergraph
from tests.agreement import disagreement
from tests.fleet import HEADERS, SCHEMA, running_fleet
from tests.monolith import Monolith
from tests.routed import Routed

FILES = sorted((SCHEMA / "operations").glob("*.graphql"))
SUPERGRAPH = read_supergraph((SCHEMA / "supergraph.graphql").read_text(encoding="utf-8"))
CHANGING = ("number", "id", "at")
"""What two databases may call differently: nothing of it matters to a sample."""


def operation_of(path: Path) -> OperationDefinitionNode:
    """The one operation of a file."""
    (operation,) = (
        node
        for node in parse(path.read_text("utf-8")).definitions
        if isinstance(node, OperationDefinitionNode)
    )
    return operation


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_is_commented_named_like_its_file_and_valid(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    name = operation_of(path).name
    assert text.startswith("# ")
    assert name is not None
    assert name.value == "".join(word.capitalize() for word in path.stem.split("_"))
    assert validate(SUPERGRAPH.api_schema, parse(text)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_sample_is_planned_and_answered_without_errors(path: Path, seeded: Path) -> None:
    text = path.read_text(encoding="utf-8")
    async with running_fleet(seeded) as fleet:
        router = Routed(SUPERGRAPH.sdl, fleet)
        plan = await router.plan(text)
        assert plan.unplannable == ()
        assert len({fetch.subgraph for fetch in plan.fetches}) > 0
        if operation_of(path).operation is OperationType.SUBSCRIPTION:
            return
        actual = await router.answer(text)
    assert "errors" not in actual
    async with running_fleet(seeded) as fleet:
        expected: dict[str, Any] = await Monolith(SUPERGRAPH.api_schema, fleet.apps).answer(
            text, headers=HEADERS
        )
    assert disagreement(expected, actual) is None


def test_the_samples_reach_every_subgraph() -> None:
    assert len(FILES) >= 8
