"""Reads a subgraph's answer: everything that is wrong with it becomes a value, once, here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from router.errors import SubgraphError, SubgraphHttpStatusError, SubgraphInvalidResponseError
from router.execution.absent import UNKNOWN
from router.execution.context import ExecutionContext, Slot
from router.execution.errors import Failure, Reported
from router.execution.positional import copied
from router.planning.plan import FetchNode
from router.transport.base import SubgraphResponse

MAX_ERRORS = 1000
"""Of one answer; what follows is dropped."""


def read_answer(ctx: ExecutionContext, fetch: FetchNode, response: SubgraphResponse) -> dict[str, Any] | None:
    """Give ``data``, or None; record what the subgraph reported and what is wrong with the answer."""
    is_success = 200 <= response.status < 300
    try:
        result = response.parsed()
    except orjson.JSONDecodeError:
        ctx.failures.append(Failure(fetch.id, _not_graphql(fetch, response, "is not JSON")))
        return None
    if type(result) is not dict or not ("data" in result or "errors" in result):
        problem = "is not a GraphQL response (no data, no errors)"
        ctx.failures.append(Failure(fetch.id, _not_graphql(fetch, response, problem)))
        return None
    if not is_success and not result.get("errors"):
        ctx.failures.append(
            Failure(fetch.id, _not_graphql(fetch, response, "has a status that is no success"))
        )
        return None
    return read_result(ctx, fetch, result)


def _not_graphql(fetch: FetchNode, response: SubgraphResponse, problem: str) -> SubgraphError:
    subgraph = fetch.subgraph
    if not 200 <= response.status < 300:
        message = f"The subgraph {subgraph} answered with HTTP status {response.status}"
        return SubgraphHttpStatusError(subgraph, message, response.status)
    return SubgraphInvalidResponseError(subgraph, f"The answer of the subgraph {subgraph} {problem}")


def read_result(ctx: ExecutionContext, fetch: FetchNode, result: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give ``data`` of a GraphQL result, or None; record its errors."""
    errors, data = result.get("errors"), result.get("data")
    if errors:
        if type(errors) is list:
            ctx.reported.extend(Reported(fetch.id, _as_error(error)) for error in errors[:MAX_ERRORS])
        else:
            _fail(ctx, fetch, "has errors that are not a list")
    if data is None:
        if not errors:
            _fail(ctx, fetch, "has neither data nor errors")
        return None
    if type(data) is not dict:
        _fail(ctx, fetch, "has data that is not an object")
        return None
    if errors and type(errors) is list:
        for error in errors[:MAX_ERRORS]:
            path = error.get("path") if type(error) is dict else None
            if type(path) is list:
                _note_null(ctx, data, path)
    return data


def _note_null(ctx: ExecutionContext, data: dict[str, Any], path: list[Any]) -> None:
    """Note the null on the way of an error's path: of a list's item, the field that holds the list."""
    holder: tuple[Any, str] | None = None
    value: Any = data
    for key in path:
        if type(value) is dict and type(key) is str:
            holder = (value, key)
            value = value.get(key)
        elif type(value) is list and type(key) is int and 0 <= key < len(value):
            value = value[key]
        else:
            return
        if value is None:
            if holder is not None:
                ctx.nulled[id(holder[0]), holder[1]] = holder[0]
            return


def _as_error(error: Any) -> dict[str, Any]:
    return error if type(error) is dict else {"message": str(error)}


def _fail(
    ctx: ExecutionContext,
    fetch: FetchNode,
    problem: str,
    entity: int | None = None,
    index: int | None = None,
) -> None:
    message = f"The answer of the subgraph {fetch.subgraph} {problem}"
    error = SubgraphInvalidResponseError(fetch.subgraph, message)
    ctx.failures.append(Failure(fetch.id, error, entity, index))


def read_entities(
    ctx: ExecutionContext, fetch: FetchNode, data: dict[str, Any], counts: Sequence[int]
) -> list[list[Any]]:
    """Give the entities of each selection; an empty list where the answer has no usable one.

    Shapes: ``counts[e]`` representations were sent for selection ``e``.
    """
    return [
        [data] if entity.is_root else _entity_list(ctx, fetch, number, data.get(entity.alias), counts[number])
        for number, entity in enumerate(fetch.entities)
    ]


def keep_entities(
    ctx: ExecutionContext,
    lists: Sequence[list[Any]],
    slots: Sequence[tuple[int, int]],
    positional: Collection[int] = (),
) -> None:
    """Fill a fetch's slots; ``slots`` are (slot, selection), ``positional`` selections (see `positional`)."""
    for slot, number in slots:
        found = ctx.found[slot] = _by_identity(ctx.indices[slot], lists[number])
        if number in positional:
            _copy_shared(ctx, found)


def _copy_shared(ctx: ExecutionContext, found: Slot) -> None:
    seen: set[int] = set()
    for key, entity in found.items():
        if type(entity) is dict and id(entity) in seen:
            found[key] = copied(entity, ctx.nulled)
        seen.add(id(entity))


def _by_identity(indices: Slot, entities: list[Any]) -> Slot:
    """Give from each identity to its entity; nothing of those that are not there."""
    if not entities:
        return {}
    return {key: entities[index] for key, index in indices.items() if entities[index] is not None}


def _entity_list(
    ctx: ExecutionContext, fetch: FetchNode, number: int, entities: Any, count: int
) -> list[Any]:
    if count == 0:
        return []
    alias = fetch.entities[number].alias
    if entities is None:
        if not any(reported.fetch == fetch.id for reported in ctx.reported):
            _fail(ctx, fetch, f"has no {alias}", number)
        return []
    if type(entities) is not list or len(entities) != count:
        what = f"{len(entities)} items" if type(entities) is list else "no list"
        _fail(ctx, fetch, f"has {what} under {alias}, where {count} representations were sent", number)
        return []
    for entity in entities:
        if type(entity) is not dict:
            return _without_objects(ctx, fetch, number, entities)
    return entities


def _without_objects(ctx: ExecutionContext, fetch: FetchNode, number: int, entities: list[Any]) -> list[Any]:
    """Give the list where some items are no objects: null without an error is `UNKNOWN`, the rest None."""
    alias = fetch.entities[number].alias
    wrong = [i for i, entity in enumerate(entities) if type(entity) is not dict and entity is not None]
    if wrong:
        _fail(ctx, fetch, f"has an item under {alias} that is neither an object nor null", number, wrong[0])
    failed: set[Any] = set()
    for reported in ctx.reported:
        path = reported.error.get("path")
        if reported.fetch == fetch.id and not (type(path) is list and len(path) > 1 and path[0] != alias):
            failed.update(path[1:2] if type(path) is list and len(path) > 1 else range(len(entities)))
    read: list[Any] = []
    for index, entity in enumerate(entities):
        is_unknown = entity is None and index not in failed
        read.append(UNKNOWN if is_unknown else entity if type(entity) is dict else None)
    return read
