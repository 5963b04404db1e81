"""The hub at the front door: WebSockets of its members, and broadcasts that services POST."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final, Self

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from router.engine.admission import Caller
from router.engine.pipeline import Pipeline
from router.errors import ClientError
from router.events.broker import BrokerUnavailableError
from router.protocols.graphql_http import error_json
from router.realtime.hub import Hub, HubCounts, open_hub
from router.realtime.messages import Broadcast, receipt
from router.realtime.options import RealtimeOptions
from router.server.cors import CorsPolicy
from router.server.graphql import join_headers
from router.server.origin import may_open_socket
from router.server.realtime_session import RealtimeSession
from router.server.request_body import ClientLeftError, read_body
from router.server.socket_control import socket_control
from router.server.traffic import RESTART, Traffic

SUBPROTOCOL: Final = "olympus.realtime"
TOKEN_PREFIX: Final = "bearer."  # noqa: S105  # no secret: what stands before one
"""Of a second sub-protocol, which carries the token of a browser: it can set no header on a WebSocket."""


class RealtimeTokenNeededError(ClientError):
    """The hub knows its members by their token.

    What to do: send ``authorization: Bearer <token>``; from a browser, offer the sub-protocols
    ``olympus.realtime`` and ``bearer.<token>``.
    """

    code = "UNAUTHENTICATED"
    status = 401


class RealtimeForbiddenError(ClientError):
    """The token does not let its bearer do this at the hub.

    What to do: members need the tenant claim; publishers need the publisher's role, and say only to their own
    tenant.
    """

    code = "REALTIME_FORBIDDEN"
    status = 403


class RealtimeUnavailableError(ClientError):
    """The broker between the routers is away: the broadcast was not said.  What to do: send it again."""

    code = "REALTIME_UNAVAILABLE"
    status = 503


class RealtimeMediaTypeError(ClientError):
    """A broadcast is JSON and says so: a page of another origin could send anything else unasked.

    What to do: send ``content-type: application/json``.
    """

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class RealtimeMethodError(ClientError):
    """This address takes WebSockets, and POST."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class RealtimeEndpoint:
    """Serves `RealtimeOptions.path`, between enter and exit."""

    def __init__(
        self,
        pipeline: Pipeline,
        options: RealtimeOptions,
        cors: tuple[CorsPolicy, ...],
        traffic: Traffic,
    ) -> None:
        self._traffic = traffic
        self._broker = traffic.broker
        self._pipeline = pipeline
        self._options = options
        self._cors = cors
        self._hub_open: Hub | None = None

    async def __aenter__(self) -> Self:
        """Open the hub."""
        self._hub_open = open_hub(self._options, self._broker)
        return self

    async def __aexit__(self, *_raised: object) -> None:
        """Close the hub; the server closes the sockets."""
        hub, self._hub_open = self._hub_open, None
        if hub is not None:
            await hub.close()

    def routes(self) -> list[BaseRoute]:
        """Give the routes of the hub's path."""
        return [Route(self._options.path, self), WebSocketRoute(self._options.path, self)]

    def counts(self) -> HubCounts | None:
        """Give what the hub has counted; None while it is closed."""
        return None if self._hub_open is None else self._hub_open.counts

    @property
    def _hub(self) -> Hub:
        if self._hub_open is None:
            raise AssertionError("served before it was entered")
        return self._hub_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket to its end, or one request."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = join_headers(scope["headers"])
        if not may_open_socket(headers, self._cors):
            await send({"type": "websocket.close", "code": 1008})  # before accept: HTTP 403
            return
        offered: list[str] = scope["subprotocols"]
        tokens = [one.removeprefix(TOKEN_PREFIX) for one in offered if one.startswith(TOKEN_PREFIX)]
        if tokens:
            headers[b"authorization"] = b"Bearer " + tokens[0].encode()
        try:
            caller = await self._pipeline.admit(headers)
            tenant = _tenant(caller, self._options)
        except ClientError as error:
            await _deny(send, error)
            return
        await send(
            {"type": "websocket.accept", "subprotocol": SUBPROTOCOL if SUBPROTOCOL in offered else None}
        )
        user = None if caller.claims is None else caller.claims.text(self._options.user_claim)
        control = socket_control(scope)
        if control is not None:
            interval_s = self._options.ping_interval_s
            control.keep_alive(interval_s, max(self._options.read_deadline_s - interval_s, 1.0))
        member = await self._hub.enter(tenant, user)
        try:
            with self._traffic.holding(_Closing(send)):
                await RealtimeSession(self._hub, member, receive, send, control).serve(
                    self._pipeline.seconds_left(caller)
                )
        finally:
            self._hub.leave(member)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, headers = 202, [(b"content-type", b"application/json")]
        try:
            body = await self._publish(scope, receive)
        except ClientLeftError:
            return
        except ClientError as error:
            status, body = error.status, error_json(error)
            headers += error.headers
            if status == 401 and not error.headers:
                headers.append((b"www-authenticate", b'Bearer realm="graphql"'))
            if status == 405:
                headers.append((b"allow", b"POST"))
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _publish(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != "POST":
            raise RealtimeMethodError("Open a WebSocket here, or POST a broadcast.")
        headers = join_headers(scope["headers"])
        options = self._options
        caller = await self._pipeline.admit(headers)
        if caller.claims is None:
            raise RealtimeTokenNeededError("A broadcast needs a token; send one in the authorization header.")
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise RealtimeMediaTypeError("Send a broadcast as content-type: application/json.")
        if options.publisher_role not in _roles(caller, options.roles_claim):
            raise RealtimeForbiddenError(f"Broadcasts need the role {options.publisher_role}.")
        body = await read_body(receive, headers, options.max_broadcast_bytes)
        broadcast = self._hub.read(body)
        try:
            await self._hub.publish(_tenant_meant(broadcast, caller, options), broadcast)
        except BrokerUnavailableError as error:
            raise RealtimeUnavailableError(str(error)) from error
        return receipt(broadcast)


class _Closing:
    """A member's socket at the server's end: it closes at once, since nothing is ever under way on it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._task: asyncio.Task[None] | None = None

    def drain(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._close())

    async def _close(self) -> None:
        with suppress(OSError, RuntimeError):  # it closes or has closed already
            await self._send({"type": "websocket.close", "code": RESTART, "reason": "Connect again"})


def _tenant(caller: Caller, options: RealtimeOptions) -> str:
    if caller.claims is None:
        raise RealtimeTokenNeededError("The hub needs a token.")
    tenant = caller.claims.text(options.tenant_claim)
    if not tenant:
        raise RealtimeForbiddenError(f"The token has no claim {options.tenant_claim}.")
    return tenant


def _roles(caller: Caller, claim: str) -> frozenset[str]:
    roles = None if caller.claims is None else caller.claims.values.get(claim)
    if isinstance(roles, str):
        return frozenset(roles.split())
    return (
        frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset()
    )


def _tenant_meant(broadcast: Broadcast, caller: Caller, options: RealtimeOptions) -> str:
    """Give the tenant a broadcast is for: the publisher's own; who has none names one."""
    own = None if caller.claims is None else caller.claims.text(options.tenant_claim)
    if own is not None and broadcast.tenant not in (None, own):
        raise RealtimeForbiddenError("A publisher says only to its own tenant.")
    tenant = own or broadcast.tenant
    if tenant is None:
        raise RealtimeForbiddenError(f'The token has no claim {options.tenant_claim}: name a "tenant".')
    return tenant


async def _deny(send: Send, error: ClientError) -> None:
    """Refuse the handshake with a status and words."""
    body = error_json(error)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
