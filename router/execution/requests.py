"""Request bodies: what never changes is bytes before the first request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from router.execution.context import ExecutionContext
from router.planning.plan import FetchNode
from router.protocols.upload import Upload


@dataclass(frozen=True, slots=True)
class BodyTemplate:
    """JSON text of a fetch's request, cut where variables and representations go."""

    head: bytes
    """Up to and with the ``{`` that opens ``variables``; the whole body where there are none."""
    variables: tuple[str, ...]
    representations: tuple[bytes, ...]
    """For each `_entities` selection its variable's name and what follows: ``"name":[``."""

    def fill(self, ctx: ExecutionContext, gathered: Sequence[Iterable[bytes]] = ()) -> bytes:
        """Give the body for a request's variables and representations.  Cost: one join."""
        if not self.variables and not self.representations:
            return self.head
        members = []
        if self.variables:
            dumped = dumped_variables(self.variables, ctx)
            if dumped:
                members.append(dumped)
        for name, entities in zip(
            self.representations, gathered, strict=False
        ):  # none where the root is asked
            members.append(name + b",".join(entities) + b"]")
        return self.head + b",".join(members) + b"}}"


def dumped_variables(names: tuple[str, ...], ctx: ExecutionContext) -> bytes:
    """Give the client's variables as JSON members; made once for all fetches that use the same."""
    dumped = ctx.dumped_variables.get(names)
    if dumped is None:
        dumped = ctx.dumped_variables[names] = _members(names, ctx)
    return dumped


def _members(names: tuple[str, ...], ctx: ExecutionContext) -> bytes:
    given = {name: ctx.variables[name] for name in names if name in ctx.variables}
    return orjson.dumps(given, default=_null_for_upload)[1:-1]


def _null_for_upload(value: object) -> None:
    if not isinstance(value, Upload):
        raise TypeError(type(value).__name__)


def body_template(fetch: FetchNode) -> BodyTemplate:
    """Prepare the body of a fetch."""
    head = b'{"query":' + orjson.dumps(fetch.operation)
    if fetch.operation_name is not None:
        head += b',"operationName":' + orjson.dumps(fetch.operation_name)
    asked = [entity for entity in fetch.entities if not entity.is_root]
    representations = tuple(orjson.dumps(entity.variable) + b":[" for entity in asked)
    if not fetch.variables and not representations:
        return BodyTemplate(head + b"}", (), ())
    return BodyTemplate(head + b',"variables":{', fetch.variables, representations)
