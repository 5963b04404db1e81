"""Hostile operations are refused with a clear error, or planned: within the default limits, and without any."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import fields

import orjson
import pytest

from router.engine.admission import Caller
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.guards.limits import LimitOptions
from router.protocols.graphql_request import GraphQLRequest
from router.transport.fake import FakeStreams, FakeSubgraphs
from tests.engine.hostile import hostile_operations, hostile_sdl

OPERATIONS = dict(hostile_operations())
UNLIMITED = LimitOptions(**{one.name: None for one in fields(LimitOptions) if one.name.startswith("max_")})
REFUSED = {
    "a fragment bomb": "MAX_HEIGHT_LIMIT",
    "a fragment bomb in depth": "MAX_HEIGHT_LIMIT",
    "fields five hundred deep": "GRAPHQL_PARSE_FAILED",
    "fragments five hundred deep": "GRAPHQL_PARSE_FAILED",
    "cyclic fragments": "GRAPHQL_VALIDATION_FAILED",
    "a megabyte of text": None,
    "forty conditions in each other": "INVALID_VARIABLES",
    "types that multiply": "OPERATION_UNPLANNABLE",
    "every type of the interface": None,
    "every type below every type": "OPERATION_UNPLANNABLE",
}
"""The code of each; of those not named, that of the limit on tokens; None: answered."""
MANY_TOKENS = 10_000_000


@asynccontextmanager
async def asking(options: EngineOptions) -> AsyncIterator[Callable[[str], Awaitable[str | None]]]:
    """An engine over the supergraph they are meant for; gives what asks it for the code of the first error."""
    handlers = {f"s{number}": lambda _request: {"data": {"node": None}} for number in range(3)}
    source = SupergraphSource(hostile_sdl, lambda: ())
    async with Engine(source, options, FakeSubgraphs(handlers), FakeStreams({})) as engine:

        async def code(text: str) -> str | None:
            answered = await engine.pipeline.answer(GraphQLRequest(text), Caller({}))
            errors = orjson.loads(answered.body).get("errors")
            return errors[0]["extensions"]["code"] if errors else None

        yield code


async def test_within_the_default_limits_each_is_refused_with_its_code_or_answered() -> None:
    async with asking(EngineOptions()) as code:
        found = {name: await code(text) for name, text in OPERATIONS.items()}
    assert found == {name: REFUSED.get(name, "MAX_TOKENS_LIMIT") for name in OPERATIONS}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a fragment bomb in depth", "OPERATION_TOO_LARGE"),
        ("types that multiply", "OPERATION_UNPLANNABLE"),
        ("forty conditions in each other", "INVALID_VARIABLES"),
    ],
)
async def test_without_limits_planning_keeps_its_own(name: str, expected: str | None) -> None:
    async with asking(EngineOptions(limits=UNLIMITED, max_tokens=MANY_TOKENS)) as code:
        assert await code(OPERATIONS[name]) == expected
