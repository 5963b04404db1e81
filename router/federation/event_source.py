"""``@eventSource``: a subscription field whose events come over a broker's channel instead of a subgraph's stream.

    directive @eventSource(channel: String!, allow: String, filter: String) on FIELD_DEFINITION

``channel`` is a template, ``allow`` says who may subscribe, ``filter`` which events are for a subscriber.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router.federation.event_expression import Condition, EventExpressionError, Path, Template
from router.federation.join import applied_arguments
from router.federation.links import split_url
from router.federation.supergraph import Supergraph
from router.language.operation import OperationKind
from router.language.sdl_nodes import SdlSchemaBlock, SdlTypeBlock

EVENTS: Final = "https://specs.olympus-router.dev/events"
"""Of the specification, without its version."""
DIRECTIVE: Final = "eventSource"


@dataclass(frozen=True, slots=True)
class EventSource:
    """What one field says of its events."""

    channel: Template
    allow: Condition | None = None
    """Over arguments and claims; None: everyone may."""
    filter: Condition | None = None
    """Over arguments, claims and the event; None: all events."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """All that is read, of events too."""
        conditions = (one for one in (self.allow, self.filter) if one is not None)
        return (*self.channel.paths, *(path for condition in conditions for path in condition.paths))


def read_event_source(arguments: Mapping[str, object]) -> EventSource:
    """Read the arguments of one use.  Raises: EventExpressionError."""
    allow, filter_ = (arguments.get(name) for name in ("allow", "filter"))
    source = EventSource(
        Template(str(arguments.get("channel") or "")),
        None if allow is None else _condition("allow", str(allow)),
        None if filter_ is None else _condition("filter", str(filter_)),
    )
    if source.allow is not None and any(path[0] == "event" for path in source.allow.paths):
        raise EventExpressionError("allow reads event, which is not there yet when somebody subscribes")
    return source


def _condition(name: str, text: str) -> Condition:
    try:
        return Condition(text)
    except EventExpressionError as error:
        raise EventExpressionError(f"{name}: {error}") from None


def event_sources(supergraph: Supergraph) -> dict[str, EventSource]:
    """Give the subscription fields that are fed by events.

    Raises: EventExpressionError for a supergraph that says something else than composition lets through.
    """
    name = _local_name(supergraph)
    root = supergraph.roots.get(OperationKind.SUBSCRIPTION)
    found: dict[str, EventSource] = {}
    if name is None or root is None:
        return found
    for block in supergraph.definitions.definitions:
        if isinstance(block, SdlTypeBlock) and block.name == root:
            for field in block.fields:
                for arguments in applied_arguments(field.directives, name):
                    found[field.name] = read_event_source(arguments)
    return found


def _local_name(supergraph: Supergraph) -> str | None:
    """Give what the supergraph calls the directive; None where it does not link the specification."""
    for block in supergraph.definitions.definitions:
        if not isinstance(block, SdlSchemaBlock):
            continue
        for arguments in applied_arguments(block.directives, "link"):
            identity, name, _ = split_url(str(arguments.get("url")))
            if identity != EVENTS:
                continue
            imports = arguments.get("import")
            for item in imports if isinstance(imports, list) else ():
                if item == f"@{DIRECTIVE}":
                    return DIRECTIVE
                if isinstance(item, Mapping) and item.get("name") == f"@{DIRECTIVE}":
                    return str(item.get("as") or item["name"]).removeprefix("@")
            return f"{arguments.get('as') or name}__{DIRECTIVE}"
    return None
