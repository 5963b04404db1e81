"""The sample operations in ``schema/operations``: valid, planned, and answered without errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate
from graphql.language import OperationDefinitionNode, OperationType

from tests.agreement import disagreement
from tests.both import SUPERGRAPH, Both
from tests.fleet import HEADERS, SCHEMA, Run, running_fleet

FILES = sorted((SCHEMA / "operations").glob("*.graphql"))


def operation_of(path: Path) -> OperationDefinitionNode:
    """The one operation of a file."""
    (operation,) = (
        node
        for node in parse(path.read_text("utf-8")).definitions
        if isinstance(node, OperationDefinitionNode)
    )
    return operation


def of_type(operation_type: OperationType) -> list[Path]:
    """The files whose operation is a query, a mutation or a subscription."""
    return [path for path in FILES if operation_of(path).operation is operation_type]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_is_commented_named_like_its_file_and_valid(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    name = operation_of(path).name
    assert text.startswith("# ")
    assert name is not None
    assert name.value == "".join(word.capitalize() for word in path.stem.split("_"))
    assert validate(SUPERGRAPH.api_schema, parse(text)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_is_planned(kept: tuple[Run[Any], Both], path: Path) -> None:
    run, both = kept
    plan = run(both.router.plan(path.read_text(encoding="utf-8")))
    assert plan.unplannable == ()
    assert plan.fetches


@pytest.mark.parametrize("path", of_type(OperationType.QUERY), ids=lambda path: path.stem)
def test_a_sample_query_is_answered_without_errors(kept: tuple[Run[Any], Both], path: Path) -> None:
    run, both = kept
    assert "errors" not in run(both.agreed(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", of_type(OperationType.MUTATION), ids=lambda path: path.stem)
async def test_a_sample_mutation_is_answered_without_errors(seeded: Path, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # Each on databases of its own, as each writes.
    async with running_fleet(seeded) as fleet:
        expected = await Both(fleet).reference.answer(text, headers=HEADERS)
    async with running_fleet(seeded) as fleet:
        actual = await Both(fleet).router.answer(text)
    assert "errors" not in actual
    assert disagreement(expected, actual) is None


def test_the_samples_ask_for_every_kind_of_operation() -> None:
    assert all(of_type(operation_type) for operation_type in OperationType)
    assert len(FILES) >= 8
