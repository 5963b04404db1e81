"""Entity fetches that take values from contexts: entities with the same values go in one list, others in lists of
their own, all in one request.

Each list has an alias and variables of its own, so the text of such a request depends on how many sets of values
there are; all else is prepared when the plan is compiled.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import orjson

from router.execution.answers import read_answer, read_entities
from router.execution.context import ExecutionContext
from router.execution.contextual import SEPARATOR
from router.execution.errors import Failure, Reported
from router.execution.requests import dumped_variables
from router.planning.plan import EntityFetch, FetchNode
from router.transport.base import SubgraphResponse

MAX_LISTS: Final = 100
"""In one request; more sets of values go in several, side by side."""

Send: TypeAlias = Callable[[ExecutionContext, bytes], Awaitable[SubgraphResponse | None]]


@dataclass(slots=True)
class EntityList:
    """Representations of one `_entities` selection that have the same values."""

    entity: int
    values: tuple[Any, ...]
    """By context; none in a list without representations."""
    representations: list[bytes]
    indices: list[int]
    """Of each representation among all that the selection has."""


@dataclass(frozen=True, slots=True)
class _Template:
    """One `_entities` selection, cut where its variables stand."""

    entity: EntityFetch
    pieces: tuple[str, ...]
    """Text and, at odd places, names of its variables."""

    def text(self, number: int) -> str:
        suffix = _suffix(number)
        body = "".join(f"${piece}{suffix}" if index % 2 else piece for index, piece in enumerate(self.pieces))
        return body if not number else f"{self.alias(number)}:{body.removeprefix(f'{self.entity.alias}:')}"

    def alias(self, number: int) -> str:
        return self.entity.alias + _suffix(number)

    def declarations(self, number: int) -> str:
        suffix = _suffix(number)
        values = (f"${context.variable}{suffix}:{context.type}" for context in self.entity.contexts)
        return ",".join((f"${self.entity.variable}{suffix}:[_Any!]!", *values))

    def members(self, number: int, part: EntityList) -> Iterator[bytes]:
        suffix = _suffix(number)
        yield b'"%s":[%s]' % ((self.entity.variable + suffix).encode(), b",".join(part.representations))
        for context, value in zip(self.entity.contexts, part.values, strict=False):
            yield b'"%s":%s' % ((context.variable + suffix).encode(), orjson.dumps(value))


def _suffix(number: int) -> str:
    return f"_{number}" if number else ""


@dataclass(frozen=True, slots=True)
class GroupedFetch:
    """An entity fetch that takes values from contexts."""

    fetch: FetchNode
    templates: tuple[_Template, ...]
    client: str
    """Declarations of the client's variables, with a comma before them if there are any."""

    async def entities(
        self, send: Send, ctx: ExecutionContext, gathered: Sequence[dict[bytes, int]], most: int | None
    ) -> list[list[Any]]:
        """Give the entities of each selection, in order; None where a request failed.

        Shapes: ``gathered`` has for each selection its representations, each with its values (`gathering`).
        """
        found: list[list[Any]] = [[None] * len(seen) for seen in gathered]
        lists = [part for number, seen in enumerate(gathered) for part in _lists(number, seen, most)]
        requests = [
            self._whole(lists[start : start + MAX_LISTS]) for start in range(0, len(lists), MAX_LISTS)
        ]
        tasks = [asyncio.ensure_future(self._fetch_one(send, ctx, parts)) for parts in requests]
        try:
            answers = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        for parts, (own, answered) in zip(requests, answers, strict=True):
            ctx.failures.extend(_moved_failure(failure, parts) for failure in own.failures)
            ctx.reported.extend(self._moved_report(reported, parts) for reported in own.reported)
            for part, entities in zip(parts, answered, strict=True):
                for index, entity in zip(part.indices, entities, strict=True):
                    found[part.entity][index] = entity
        return found

    def _whole(self, lists: list[EntityList]) -> list[EntityList]:
        """Add an empty list for each selection that has none: a client's variable may be used there only."""
        asked = {part.entity for part in lists}
        empty = [
            EntityList(number, (), [], []) for number in range(len(self.templates)) if number not in asked
        ]
        return sorted([*lists, *empty], key=lambda part: part.entity)

    async def _fetch_one(
        self, send: Send, ctx: ExecutionContext, parts: list[EntityList]
    ) -> tuple[ExecutionContext, list[list[Any]]]:
        """Give the entities of each list, and a context with nothing but the request's errors."""
        own = replace(ctx, failures=[], reported=[])
        numbers = _numbers(parts)
        answered = await send(own, self._body(ctx, parts, numbers))
        entities = tuple(
            replace(self.templates[part.entity].entity, alias=self.templates[part.entity].alias(number))
            for part, number in zip(parts, numbers, strict=True)
        )
        as_sent = replace(self.fetch, entities=entities)
        counts = [len(part.representations) for part in parts]
        data = None if answered is None else read_answer(own, as_sent, answered)
        read = [[] for _ in parts] if data is None else read_entities(own, as_sent, data, counts)
        return own, [one or [None] * count for one, count in zip(read, counts, strict=True)]

    def _body(self, ctx: ExecutionContext, parts: list[EntityList], numbers: list[int]) -> bytes:
        declarations: list[str] = []
        texts: list[str] = []
        members: list[bytes] = []
        client = dumped_variables(self.fetch.variables, ctx)
        if client:
            members.append(client)
        for part, number in zip(parts, numbers, strict=True):
            template = self.templates[part.entity]
            declarations.append(template.declarations(number))
            texts.append(template.text(number))
            members.extend(template.members(number, part))
        operation = f"query({','.join(declarations)}{self.client}){{{' '.join(texts)}}}"
        named = b""
        if self.fetch.operation_name is not None:
            named = b',"operationName":' + orjson.dumps(self.fetch.operation_name)
        head = b'{"query":' + orjson.dumps(operation) + named
        return head + b',"variables":{' + b",".join(members) + b"}}"

    def _moved_report(self, reported: Reported, parts: list[EntityList]) -> Reported:
        """Let an error's path name the selection, and the entity among all that it has."""
        path = reported.error.get("path")
        if type(path) is not list or not path:
            return reported
        for part, number in zip(parts, _numbers(parts), strict=True):
            template = self.templates[part.entity]
            if path[0] != template.alias(number):
                continue
            moved = [template.entity.alias, *path[1:]]
            if len(path) > 1 and type(path[1]) is int and path[1] < len(part.indices):
                moved[1] = part.indices[path[1]]
            return Reported(reported.fetch, {**reported.error, "path": moved})
        return reported


def _numbers(parts: list[EntityList]) -> list[int]:
    """Give each list's number among those of its selection."""
    seen: dict[int, int] = {}
    numbers: list[int] = []
    for part in parts:
        numbers.append(seen.get(part.entity, 0))
        seen[part.entity] = numbers[-1] + 1
    return numbers


def _lists(entity: int, seen: dict[bytes, int], most: int | None) -> Iterator[EntityList]:
    """Give a selection's representations by their values, the first seen first, at most ``most`` together."""
    by_values: dict[bytes, EntityList] = {}
    for text, index in seen.items():
        representation, _, values = text.partition(SEPARATOR)
        part = by_values.get(values)
        if part is None or (most is not None and len(part.indices) >= most):
            if part is not None:
                yield part
            part = by_values[values] = EntityList(entity, tuple(orjson.loads(values or b"[]")), [], [])
        part.representations.append(representation)
        part.indices.append(index)
    yield from by_values.values()


def _moved_failure(failure: Failure, parts: list[EntityList]) -> Failure:
    """Give a failure as one of the first entity it is about."""
    asked = [part for part in parts if part.indices]
    part = asked[0] if failure.entity is None else parts[failure.entity]
    return replace(failure, entity=part.entity, index=part.indices[failure.index or 0])


def grouped_fetch(fetch: FetchNode) -> GroupedFetch | None:
    """Prepare a fetch; None for one that takes nothing from contexts."""
    if not any(entity.contexts for entity in fetch.entities):
        return None
    own = ",".join(entity.declarations for entity in fetch.entities)
    lists = " ".join(entity.text for entity in fetch.entities)
    client = fetch.operation.removeprefix(f"query({own}").removesuffix(f"){{{lists}}}")
    return GroupedFetch(fetch, tuple(map(_template, fetch.entities)), client)


def _template(entity: EntityFetch) -> _Template:
    names = "|".join((entity.variable, *(context.variable for context in entity.contexts)))
    return _Template(entity, tuple(re.split(rf"\$({names})(?![_0-9A-Za-z])", entity.text)))
