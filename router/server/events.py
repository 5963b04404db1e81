"""Events from services: an authenticated POST puts one on a channel."""

from __future__ import annotations

from typing import Any, Final

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from router.engine.engine import Engine
from router.errors import ClientError
from router.events.broker import BrokerUnavailableError
from router.protocols.event_message import read_event_message
from router.protocols.graphql_http import error_json
from router.server.event_options import EventPublishOptions
from router.server.graphql import join_headers, peer_of
from router.server.request_body import ClientLeftError, read_body

_ACCEPTED: Final = 202


class EventTokenNeededError(ClientError):
    """Events are taken from services that say who they are.

    What to do: send ``authorization: Bearer <token>``.
    """

    code = "UNAUTHENTICATED"
    status = 401


class EventForbiddenError(ClientError):
    """The token does not have the role ``subscription.events.publish.role``.

    What to do: publish with a service's token.
    """

    code = "EVENT_FORBIDDEN"
    status = 403


class EventMethodError(ClientError):
    """This address takes POST.  What to do: post ``{"channel", "event"}`` as JSON."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class EventUnavailableError(ClientError):
    """The broker takes no events now; nothing was published.  What to do: publish it again."""

    code = "EVENT_UNAVAILABLE"
    status = 503


class EventEndpoint:
    """Serves `EventPublishOptions.path`."""

    def __init__(self, engine: Engine, options: EventPublishOptions) -> None:
        self._engine = engine
        self._options = options

    def routes(self) -> list[Route]:
        """Give the route."""
        return [Route(self._options.path, self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request: 202 when the broker has the event."""
        status, body, extra = _ACCEPTED, b"{}", []
        try:
            await self._publish(scope, receive)
        except ClientLeftError:
            return
        except ClientError as error:
            status, body, extra = error.status, error_json(error), list(error.headers)
            if status == 401 and not extra:
                extra.append((b"www-authenticate", b'Bearer realm="graphql"'))
            if status == 405:
                extra.append((b"allow", b"POST"))
        headers: list[Any] = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *extra,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _publish(self, scope: Scope, receive: Receive) -> None:
        if scope["method"] != "POST":
            raise EventMethodError("POST an event here.")
        headers = join_headers(scope["headers"])
        caller = await self._engine.pipeline.admit(headers, None, peer_of(scope))
        if caller.claims is None:
            raise EventTokenNeededError("An event needs a token; send one in the authorization header.")
        if self._options.role not in caller.claims.words(self._options.roles_claim):
            raise EventForbiddenError(f"Events need the role {self._options.role}.")
        message = read_event_message(headers, await read_body(receive, headers, self._options.max_bytes))
        try:
            await self._engine.publish(message.channel, message.event)
        except BrokerUnavailableError as error:
            raise EventUnavailableError(str(error)) from error
