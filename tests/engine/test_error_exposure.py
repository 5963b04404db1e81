"""Which parts of a subgraph's error clients may read."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from router.config.model import RouterConfig
from router.config.options import engine_options
from router.protocols.graphql_request import GraphQLRequest
from tests.engine.sample import sample

MESSAGE = "relation users does not exist"
ERROR = {
    "message": MESSAGE,
    "path": ["product"],
    "extensions": {"code": "DB", "service": "forged", "hint": "a", "exception": {"stacktrace": ["x"]}},
}
MASKED = 'The subgraph "products" could not answer this part'


async def shown(section: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    config = RouterConfig.model_validate({"include_subgraph_errors": section})
    async with sample(engine_options(config)) as one:
        one.subgraphs.handlers["products"] = lambda _: {"data": {"product": None}, "errors": [ERROR]}
        pipeline = one.engine.pipeline
        answer = await pipeline.answer(
            GraphQLRequest('{ product(id: "1") { name } }'), await pipeline.admit({})
        )
    [entry] = orjson.loads(answer.body)["errors"]
    return entry["message"], entry["extensions"]


CODE = {"code": "DB"}
NAMED = {"code": "DB", "service": "products"}
HINT = {**NAMED, "hint": "a"}
FULL = {**HINT, "exception": {"stacktrace": ["x"]}}


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({}, (MASKED, NAMED)),
        ({"all": True}, (MESSAGE, FULL)),
        ({"all": True, "subgraphs": {"products": False}}, (MASKED, NAMED)),
        ({"all": False, "subgraphs": {"products": True}}, (MESSAGE, FULL)),
        ({"all": {"redact_message": True, "allow_extensions_keys": ["hint"]}}, (MASKED, HINT)),
        ({"all": {"allow_extensions_keys": []}}, (MESSAGE, NAMED)),
        ({"all": {"deny_extensions_keys": ["exception"]}}, (MESSAGE, HINT)),
        (
            {"all": {"redact_message": True, "deny_extensions_keys": ["service", "exception", "hint"]}},
            ("A part of the answer is missing", CODE),
        ),
        ({"subgraphs": {"products": {"allow_extensions_keys": ["hint"]}}}, (MESSAGE, HINT)),
        (
            {"subgraphs": {"products": {"redact_message": True, "deny_extensions_keys": ["exception"]}}},
            (MASKED, HINT),
        ),
        ({"all": True, "subgraphs": {"products": {"deny_extensions_keys": ["exception"]}}}, (MESSAGE, HINT)),
        (
            {
                "all": {"redact_message": True, "allow_extensions_keys": ["exception"]},
                "subgraphs": {
                    "products": {"allow_extensions_keys": ["hint"], "exclude_global_keys": ["exception"]}
                },
            },
            (MASKED, HINT),
        ),
        (
            {
                "all": {"deny_extensions_keys": ["hint", "exception"]},
                "subgraphs": {"products": {"exclude_global_keys": ["hint"]}},
            },
            (MESSAGE, HINT),
        ),
    ],
)
async def test_the_configuration_says_what_is_shown(
    section: dict[str, Any], expected: tuple[str, dict[str, Any]]
) -> None:
    assert await shown(section) == expected


def test_both_lists_at_once_are_refused() -> None:
    both = {"allow_extensions_keys": ["a"], "deny_extensions_keys": ["b"]}
    for section in ({"all": both}, {"subgraphs": {"products": both}}):
        with pytest.raises(ValueError, match="not both"):
            RouterConfig.model_validate({"include_subgraph_errors": section})
