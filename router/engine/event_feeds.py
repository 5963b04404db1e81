"""What feeds a subscription with ``@eventSource``: the channel it names, and which events are meant for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from router.engine.admission import Caller
from router.engine.event_streams import EVENT, EventRequest
from router.engine.subscription_errors import EventChannelInvalidError, SubscriptionForbiddenError
from router.engine.subscription_options import SubscriptionOptions
from router.execution.compile import CompiledPlan
from router.execution.context import Json
from router.execution.event_data import event_result
from router.execution.root_arguments import root_arguments, root_field
from router.federation.event_expression import ChannelError, Values, value_at
from router.federation.event_source import EventSource, event_sources
from router.federation.supergraph import Supergraph
from router.language.operation import OperationKind


@dataclass(frozen=True, slots=True)
class EventFeed:
    """Of one operation, for callers who are alike in all that it reads of them."""

    request: EventRequest
    filter: Callable[[Values], bool] | None
    values: Values
    identity: tuple[str, bytes]
    """Equal for callers who hear the same."""

    def read(self, compiled: CompiledPlan, item: Json) -> Json | None:
        """Give the result of the source stream that an item stands for; None for an event meant for others."""
        event = item[EVENT]
        if self.filter is not None and not self.filter({**self.values, "event": event}):
            return None
        return event_result(compiled, event)


class EventFeeds:
    """Those of one supergraph."""

    def __init__(self, supergraph: Supergraph, options: SubscriptionOptions) -> None:
        """Raises: router.federation.event_expression.EventExpressionError."""
        self._is_fed = options.events is not None
        self._anonymous = options.anonymous_claims
        self._sources = event_sources(supergraph)
        root = supergraph.roots.get(OperationKind.SUBSCRIPTION, "")
        self._owners = {
            name: next((join.graph for join in supergraph.types[root].fields[name].joins if join.graph), None)
            or supergraph.types[root].graphs()[0]
            for name in self._sources
        }
        self._names = {graph: join.name for graph, join in supergraph.subgraphs.items()}

    @property
    def fields(self) -> tuple[str, ...]:
        """The subscription fields whose events come over channels here."""
        return tuple(self._sources) if self._is_fed else ()

    def bind(self, compiled: CompiledPlan, variables: Json, caller: Caller) -> EventFeed | None:
        """Give what feeds an operation; None where it is a subgraph's stream.

        Who may subscribe is checked whatever feeds it.
        Raises: SubscriptionForbiddenError, EventChannelInvalidError.
        """
        field = root_field(compiled) if self._sources else None
        source = None if field is None else self._sources.get(field.name)
        if field is None or source is None or not compiled.plan.fetches:
            return None
        values = {"args": root_arguments(compiled, field, variables), "claims": self._claims(caller)}
        if source.allow is not None and not source.allow.compiled()(values):
            raise SubscriptionForbiddenError(f"You may not subscribe to {field.name} with these arguments.")
        if not self._is_fed:
            return None
        subgraph = self._names[self._owners[field.name]]
        request = EventRequest(_channel(source, values), subgraph)
        return EventFeed(
            request,
            None if source.filter is None else source.filter.compiled(),
            values,
            (request.channel, _read_by(source, values)),
        )

    def _claims(self, caller: Caller) -> Mapping[str, Any]:
        return self._anonymous if caller.claims is None else caller.claims.values


def _channel(source: EventSource, values: Values) -> str:
    try:
        return source.channel.filled(values)
    except ChannelError as error:
        if error.path[0] == "claims":
            raise SubscriptionForbiddenError(
                "Your token does not say what this subscription needs."
            ) from None
        raise EventChannelInvalidError(f"{error}.") from None


def _read_by(source: EventSource, values: Values) -> bytes:
    """Give all of a caller's claims that the filter reads; arguments are the operation's and its variables'."""
    if source.filter is None:
        return b""
    paths = sorted({path for path in source.filter.paths if path[0] == "claims"})
    return orjson.dumps([value_at(path, values) for path in paths], default=str)
