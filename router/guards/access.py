"""What is a caller granted of what an operation needs?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from router.errors import ClientError
from router.federation.access import AUTHENTICATED, POLICY, SCOPE
from router.guards.claims import Claims
from router.guards.policies import Decide, policies_held
from router.guards.unauthenticated import challenge


class WithheldOperationError(ClientError):
    """The operation asks for something that the caller may not read, and is refused as a whole.

    What to do: send a token with the scopes that the schema asks for (``@requiresScopes``), or ask for less.
    """

    code = "UNAUTHORIZED_FIELD_OR_TYPE"
    status = 403

    reason: ClassVar[str] = "insufficient_scope"

    def __init__(self, paths: Sequence[tuple[str, ...]]) -> None:
        super().__init__("Unauthorized field or type")
        self.paths = tuple(dict.fromkeys(paths))
        """Of what is withheld: response keys, and ``@`` for every list."""
        self.headers = ((b"www-authenticate", challenge(self.reason, str(self))),)


class AnonymousWithheldOperationError(WithheldOperationError):
    """The same, and the caller sent no token at all."""

    status = 401
    reason = ""


class GrantsLostError(ClientError):
    """A fresh token lacks what an operation under way was let in with.

    What to do: begin the operation anew; it is answered with what the fresh token may read.
    """

    code = "TOKEN_GRANTS_LESS"
    status = 403


class PoliciesTimeoutError(ClientError):
    """It was not decided in time which policies hold.

    What to do: try again; operators: see what ``authorization.policies`` waits for.
    """

    code = "POLICIES_TIMEOUT"
    status = 503


class WithheldShownIn(Enum):
    """Where the answer tells what was withheld."""

    ERRORS = "errors"
    EXTENSIONS = "extensions"
    """``extensions.authorizationErrors``"""
    NOWHERE = "disabled"


@dataclass(frozen=True, slots=True)
class AccessOptions:
    """How the directives of access are applied; ``config`` fills it."""

    is_enabled: bool = True
    """Off, the directives are not looked at."""
    is_dry_run: bool = False
    """Whether everything is answered, and only told what would be withheld."""
    rejects: bool = False
    """Whether an operation with anything to withhold is refused as a whole."""
    logs: bool = True
    shown_in: WithheldShownIn = WithheldShownIn.ERRORS
    scopes_claim: str = "scope"
    """May be a path with dots."""
    roles_claim: str = "roles"
    counts_roles_as_scopes: bool = False
    super_role: str | None = None
    """Who has this role is granted everything."""
    decide: Decide | None = None
    """None: no policy holds for anybody."""
    decide_timeout_s: float = 5.0


class Granting:
    """Tells what callers are granted.  Cost: a few set operations, and what ``decide`` costs."""

    def __init__(self, options: AccessOptions) -> None:
        self._options = options

    async def granted(
        self, needs: frozenset[str], claims: Claims | None, headers: Mapping[bytes, bytes]
    ) -> frozenset[str]:
        """Give the part of ``needs`` that the caller has; policies are asked about once, together.

        Raises: PoliciesTimeoutError.
        """
        options = self._options
        has: set[str] = set()
        if claims is not None:
            roles = claims.words(options.roles_claim)
            if options.super_role is not None and options.super_role in roles:
                return needs
            has.add(AUTHENTICATED)
            scopes = claims.words(options.scopes_claim)
            if options.counts_roles_as_scopes:
                scopes |= roles
            has.update(SCOPE + scope for scope in scopes)
        policies = frozenset(name.removeprefix(POLICY) for name in needs if name.startswith(POLICY))
        if policies:
            try:
                async with asyncio.timeout(options.decide_timeout_s):
                    held = await policies_held(options.decide, policies, headers, claims)
            except TimeoutError:
                raise PoliciesTimeoutError("It was not decided in time what you may read.") from None
            has.update(POLICY + name for name in held)
        return needs & has
