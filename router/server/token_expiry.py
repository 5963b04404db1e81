"""What goes on beyond a token's end does not go on."""

from __future__ import annotations

from typing import Final

from router.errors import ClientError

MAX_TIMER_S: Final = 30 * 24 * 3600.0
"""Tokens of a longer life end their connections then; an event loop's timers are not made for years."""


class SubscriptionTokenExpiredError(ClientError):
    """The token expired while results were still coming.

    What to do: connect again with a fresh one; on a graphql-transport-ws socket, send it in time as the payload
    of a ``ping``.
    """

    code = "SUBSCRIPTION_JWT_EXPIRED"
    status = 401
