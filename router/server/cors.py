"""Cross-origin resource sharing: which pages of other origins may ask, and what they may read.

Spec: Fetch, "CORS protocol".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HeaderList = list[tuple[bytes, bytes]]

METHODS: Final = ("GET", "POST", "OPTIONS")


_PREFLIGHT_HEADERS: Final[HeaderList] = [
    (b"vary", b"access-control-request-headers, access-control-request-private-network"),
    (b"content-length", b"0"),
]


@dataclass(frozen=True, slots=True)
class PrivateNetwork:
    """What a router in a private network says of itself to browsers that ask the user.

    Spec: Private Network Access, "CORS preflight".
    """

    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """Some origins and what their pages may do."""

    origins: frozenset[str] = frozenset()
    """As browsers write them, or ``*`` for every origin."""
    match_origins: tuple[re.Pattern[str], ...] = ()
    """An origin matches as a whole."""
    allows_credentials: bool = False
    allow_headers: tuple[str, ...] = ()
    """Empty: whatever the page asks for."""
    expose_headers: tuple[str, ...] = ()
    max_age_s: int | None = None
    methods: tuple[str, ...] = METHODS
    private_network: PrivateNetwork | None = None
    """None: pages of public sites may not ask a router in a private network."""

    def has(self, origin: str) -> bool:
        """Tell whether the policy is about this origin.

        ``null``, the origin of sandboxed frames and files, has no name to match: it must be given as it is.
        """
        if origin in self.origins or "*" in self.origins:
            return True
        return origin != "null" and any(pattern.fullmatch(origin) for pattern in self.match_origins)


def policy_for(policies: Sequence[CorsPolicy], origin: str) -> CorsPolicy | None:
    """Give the first policy that has the origin."""
    return next((policy for policy in policies if policy.has(origin)), None)


class CorsMiddleware:
    """Answers preflights, and adds what lets a page read the answer.

    A request of an origin without a policy is answered without these headers: the browser keeps the answer
    from the page.
    """

    def __init__(self, app: ASGIApp, policies: Sequence[CorsPolicy]) -> None:
        self._app = app
        self._policies = policies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app, or answer the preflight."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        policy = None if origin is None else policy_for(self._policies, origin.decode("latin-1"))
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _answer_preflight(send, policy, headers)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_answer_headers(policy, origin)]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _answer_preflight(send: Send, policy: CorsPolicy | None, headers: dict[bytes, bytes]) -> None:
    answer = [*_answer_headers(policy, headers.get(b"origin")), *_PREFLIGHT_HEADERS]
    if policy is not None:
        asked = headers.get(b"access-control-request-headers", b"")
        allowed = ", ".join(policy.allow_headers).encode() or asked
        answer.append((b"access-control-allow-methods", ", ".join(policy.methods).encode()))
        if allowed:
            answer.append((b"access-control-allow-headers", allowed))
        if policy.max_age_s is not None:
            answer.append((b"access-control-max-age", b"%d" % policy.max_age_s))
        if headers.get(b"access-control-request-private-network") == b"true":
            answer += _private_network(policy.private_network)
    await send({"type": "http.response.start", "status": 204, "headers": answer})
    await send({"type": "http.response.body", "body": b""})


def _private_network(network: PrivateNetwork | None) -> HeaderList:
    if network is None:
        return []
    answer = [(b"access-control-allow-private-network", b"true")]
    if network.id is not None:
        answer.append((b"private-network-access-id", network.id.encode()))
    if network.name is not None:
        answer.append((b"private-network-access-name", network.name.encode()))
    return answer


def _answer_headers(policy: CorsPolicy | None, origin: bytes | None) -> HeaderList:
    if policy is None or origin is None:
        return [(b"vary", b"origin")]
    if "*" in policy.origins:
        # Other policies may have answered another origin otherwise.
        answer = [(b"access-control-allow-origin", b"*"), (b"vary", b"origin")]
    else:
        answer = [(b"access-control-allow-origin", origin), (b"vary", b"origin")]
    if policy.allows_credentials:
        answer.append((b"access-control-allow-credentials", b"true"))
    if policy.expose_headers:
        answer.append((b"access-control-expose-headers", ", ".join(policy.expose_headers).encode()))
    return answer
