"""Why a subscription ended that neither its client nor its subgraph ended."""

from __future__ import annotations

from router.errors import ClientError


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
