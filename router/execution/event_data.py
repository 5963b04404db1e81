"""An event of a broker in the place of a subgraph's result: what the plan's first fetch would have answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from router.execution.compile import CompiledPlan
from router.execution.context import Json
from router.federation.supergraph import Supergraph
from router.language.operation import TYPENAME, OperationKind
from router.planning.plan import FetchField, FetchFragment, FetchSelection


def event_result(compiled: CompiledPlan, event: Any) -> Json:
    """Give the result of the source stream for an event, which is the JSON value of the root field.

    What a selection calls by an alias gets that name; ``__typename`` need be in the event only where the schema does
    not say it.
    """
    supergraph = compiled.supergraph
    root = supergraph.roots[OperationKind.SUBSCRIPTION]
    data: Json = {}
    for selection in compiled.plan.fetches[0].selections:
        if isinstance(selection, FetchField):
            if selection.name == TYPENAME:
                data[selection.wire_key] = root
            else:
                type_name = supergraph.types[root].fields[selection.name].type.name
                data[selection.wire_key] = _value(supergraph, event, type_name, selection.selections)
    return {"data": data}


def _value(supergraph: Supergraph, value: Any, type_name: str, selections: Sequence[FetchSelection]) -> Any:
    if not selections or value is None:
        return value
    if isinstance(value, list):
        return [_value(supergraph, item, type_name, selections) for item in value]
    if not isinstance(value, dict):
        return value  # the completion says that it is no object
    type_ = supergraph.types[type_name]
    runtime = value.get(TYPENAME) if type_.is_abstract else type_name
    data: Json = {}
    _read(supergraph, value, runtime if isinstance(runtime, str) else None, selections, data)
    return data


def _read(
    supergraph: Supergraph, value: Json, runtime: str | None, selections: Sequence[FetchSelection], data: Json
) -> None:
    type_ = None if runtime is None else supergraph.types.get(runtime)
    for selection in selections:
        if isinstance(selection, FetchFragment):
            if runtime in selection.types:
                _read(supergraph, value, runtime, selection.selections, data)
        elif selection.name == TYPENAME:
            data[selection.wire_key] = runtime
        elif type_ is not None and selection.name in type_.fields:
            below = type_.fields[selection.name].type.name
            read = _value(supergraph, value.get(selection.name), below, selection.selections)
            data[selection.wire_key] = _merged(data.get(selection.wire_key), read)


def _merged(before: Any, read: Any) -> Any:
    """Put together what two selections of one key read of the same value."""
    if isinstance(before, dict) and isinstance(read, dict):
        return before | {key: _merged(before.get(key), value) for key, value in read.items()}
    if isinstance(before, list) and isinstance(read, list) and len(before) == len(read):
        return [_merged(*both) for both in zip(before, read, strict=True)]
    return read
