"""Source streams that are a broker's channel: see `router.federation.event_source`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from router.engine.subscription_errors import EventBrokerUnavailableError, EventsTooFastError
from router.events.broker import (
    Broker,
    BrokerUnavailableError,
    MessagesLostError,
    SubscriberTooSlowError,
    Subscription,
)
from router.telemetry.logs import get_log
from router.transport.base import SourceStream, SubgraphStream, SubscriptionRequest

_log = get_log("engine")

EVENT: Final = "event"
"""Key of the event in what a stream gives."""


@dataclass(frozen=True, slots=True)
class EventRequest:
    """One channel, for a field of one subgraph's."""

    channel: str
    subgraph: str
    """Whose field it is; errors are told as that subgraph's."""


class SourceStreams:
    """Opens whatever feeds a subscription."""

    def __init__(self, subgraphs: SubgraphStream, broker: Broker | None) -> None:
        self._subgraphs = subgraphs
        self._broker = broker

    def subscribe(self, request: SubscriptionRequest | EventRequest) -> SourceStream:
        """Give a stream that is opened when its first event is asked for."""
        if isinstance(request, SubscriptionRequest):
            return self._subgraphs.subscribe(request)
        if self._broker is None:
            raise AssertionError("planned over events without a broker")
        return EventStream(self._broker, request)


class EventStream:
    """A `SourceStream` whose items are ``{"event": value}``.

    A channel has no end: every end is a failure, after which it is opened again like any source.
    """

    def __init__(self, broker: Broker, request: EventRequest) -> None:
        self._broker = broker
        self._request = request
        self._subscription: Subscription | None = None
        self._is_closed = False

    @property
    def was_open(self) -> bool:
        """Whether the broker had taken the subscription."""
        return self._subscription is not None

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self

    async def __anext__(self) -> dict[str, Any]:
        """Give the next event; what is no JSON is logged and left out."""
        subgraph = self._request.subgraph
        try:
            if self._subscription is None:
                self._subscription = await self._broker.subscribe(self._request.channel)
            while True:
                message = await anext(self._subscription)
                try:
                    return {EVENT: orjson.loads(message)}
                except orjson.JSONDecodeError:
                    _log.warning("an event is no JSON", channel=self._request.channel)
        except BrokerUnavailableError as error:
            raise EventBrokerUnavailableError(subgraph, str(error)) from error
        except MessagesLostError:
            raise EventBrokerUnavailableError(subgraph, "the broker was away") from None
        except SubscriberTooSlowError:
            raise EventsTooFastError(subgraph, "events came faster than they were completed") from None
        except StopAsyncIteration:
            if self._is_closed:
                raise
            raise EventBrokerUnavailableError(subgraph, "the broker closed the channel") from None

    async def aclose(self) -> None:
        """Leave the channel."""
        self._is_closed = True
        if self._subscription is not None:
            self._subscription.close()
