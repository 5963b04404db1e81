"""@eventSource stands on subscription fields, can be read, and reaches the router."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import EVENT_SOURCE_INVALID
from router.federation.event_expression import EventExpressionError, Path
from router.federation.event_source import DIRECTIVE, EVENTS, EventSource, read_event_source
from router.federation.subgraph import AppliedDirective, FieldDefinition, Subgraph, all_applied
from router.language.values import plain, string_argument

ROOT: Final = "Subscription"
"""Whatever the SDL calls it."""


def event_sources_are_valid(source: Source) -> Iterator[CompositionError]:
    """A mistake would be found only when somebody subscribes.  Codes: EVENT_SOURCE_INVALID."""
    subgraph = source.subgraph
    name = _local_name(subgraph)
    if name is None:
        return
    for type_ in subgraph.types.values():
        for field in type_.fields.values():
            for use in field.directives:
                if use.name != name:
                    continue
                faults = _faults(subgraph, field, use)
                if type_.name != ROOT:
                    faults = iter(["stands on no field of the subscription type; move it there"])
                for fault in faults:
                    message = f'@{name} on "{field.coordinate}" {fault}'
                    yield source.error(EVENT_SOURCE_INVALID, message, field.coordinate, use)


def _local_name(subgraph: Subgraph) -> str | None:
    for name in subgraph.directives:
        found = subgraph.links.source_of(name)
        if found is not None and found[0].identity == EVENTS and found[1] == DIRECTIVE:
            return name
    return None


def _faults(subgraph: Subgraph, field: FieldDefinition, use: AppliedDirective) -> Iterator[str]:
    composed = {
        string_argument(one.arguments.get("name")) for one in all_applied(subgraph, "composeDirective")
    }
    if f"@{use.name}" not in composed:
        yield f'does not reach the router; add @composeDirective(name: "@{use.name}") to the schema'
    try:
        source = read_event_source({name: plain(value) for name, value in use.arguments.items()})
    except EventExpressionError as error:
        yield f"cannot be read: {error}"
        return
    yield from _unknown(subgraph, field, source)


def _unknown(subgraph: Subgraph, field: FieldDefinition, source: EventSource) -> Iterator[str]:
    in_channel = frozenset(source.channel.paths)
    for path in dict.fromkeys(source.paths):
        if path[0] == "args":
            fault = _fault_of(subgraph, field, path, in_channel=path in in_channel)
            if fault:
                yield f'reads "{".".join(path)}", {fault}'


def _fault_of(subgraph: Subgraph, field: FieldDefinition, path: Path, *, in_channel: bool) -> str:
    if len(path) == 1:
        return "which does not say which argument"
    argument = field.arguments.get(path[1])
    if argument is None:
        known = ", ".join(field.arguments) or "none"
        return f"which is no argument of the field; it has: {known}"
    type_ = argument.type
    for name in path[2:]:
        below = subgraph.types.get(type_.name)
        inner = None if below is None or type_.is_list else below.inputs.get(name)
        if inner is None:
            return f'where "{type_}" has no input field "{name}"'
        type_ = inner.type
    if in_channel and (type_.is_list or _is_input(subgraph, type_.name)):
        return f'which is of type "{type_}"; a channel is named by single values'
    return ""


def _is_input(subgraph: Subgraph, name: str) -> bool:
    """Tell whether a type of this name is an input object."""
    type_ = subgraph.types.get(name)
    return type_ is not None and bool(type_.inputs)
