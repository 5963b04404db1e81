"""Why a subscription ended that neither its client nor its subgraph ended."""

from __future__ import annotations

from router.errors import ClientError, SubgraphError


class SchemaReloadError(ClientError):
    """The operation is not valid any more on the supergraph that has just become live.

    What to do: look at what changed, and subscribe with an operation that is valid now.
    """

    code = "SUBSCRIPTION_SCHEMA_RELOAD"
    status = 200


class TooManySubscriptionsError(ClientError):
    """The router holds ``subscription.max_opened_subscriptions`` source streams.

    What to do: try again later; operations that others have open cost nothing more.
    """

    code = "SUBSCRIPTION_LIMIT_REACHED"
    status = 503


class SubscriptionShutdownError(ClientError):
    """The router is shutting down; results were still to come.

    What to do: subscribe again, which leads to another router or to this one's successor, and fetch anew what is shown.
    """

    code = "SUBSCRIPTION_ROUTER_SHUTDOWN"
    status = 503


class SubscriptionForbiddenError(ClientError):
    """The field's ``@eventSource`` does not allow the subscription: its arguments and the token do not go together.

    What to do: subscribe to what is your own, or with a token that has the claims needed.
    """

    code = "FORBIDDEN"
    status = 403


class EventChannelInvalidError(ClientError):
    """An argument cannot stand in the name of the channel that the events come over.

    What to do: give a value that is not empty, without spaces, separators or patterns.
    """

    code = "EVENT_CHANNEL_INVALID"


class EventBrokerUnavailableError(SubgraphError):
    """The broker that an event-driven subscription is fed by does not answer, or went away.

    What to do: start it, or correct ``subscription.events``; a subscription that was open is opened again by itself.
    """

    code = "EVENT_BROKER_UNAVAILABLE"


class EventsTooFastError(SubgraphError):
    """More than 1000 events of one channel waited to be completed; some are lost.

    What to do: see why subgraphs answer slowly, or publish less on one channel.
    """

    code = "EVENTS_TOO_FAST"
