"""What a caller hears whose token does not count.

Spec: RFC 6750, section 3 (the challenge), and RFC 9110, section 11.6.1.
"""

from __future__ import annotations

from typing import ClassVar, Final

from router.errors import ClientError

REALM: Final = "graphql"


class UnauthenticatedError(ClientError):
    """The request needs a valid token and has none.

    What to do: send ``authorization: Bearer <token>`` with a token that a known key signed and that has not
    expired.
    """

    code = "UNAUTHENTICATED"
    status = 401
    reason: ClassVar[str] = ""
    """RFC 6750, section 3.1; empty where the request has no token at all."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.headers = ((b"www-authenticate", challenge(self.reason, message)),)


class TokenMissingError(UnauthenticatedError):
    """The request has no token, and the router lets nobody in without."""

    code = "TOKEN_MISSING"


class TokenMalformedError(UnauthenticatedError):
    """There is something where a token should be, and it is none.

    What to do: send exactly one token, as ``Bearer <header>.<claims>.<signature>``.
    """

    code = "TOKEN_MALFORMED"
    reason = "invalid_token"


class TokenInvalidError(UnauthenticatedError):
    """The token is of another issuer or audience, or no known key signed it.

    What to do: get a token for this router; see whether the router knows the issuer's keys.
    """

    code = "TOKEN_INVALID"
    reason = "invalid_token"


class TokenExpiredError(UnauthenticatedError):
    """The token was good once.  What to do: get a new one."""

    code = "TOKEN_EXPIRED"
    reason = "invalid_token"


class KeysUnavailableError(ClientError):
    """The keys that the token may be signed with could not be fetched, so that nobody can tell whether it counts.

    What to do: try again soon; operators: see why the key set's URL does not answer.
    """

    code = "TOKEN_KEYS_UNAVAILABLE"
    status = 503

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("The keys for checking tokens cannot be fetched at present; try again soon.")
        self.headers = ((b"retry-after", b"%d" % retry_after_s),)


def challenge(reason: str, description: str) -> bytes:
    """Give the value of ``WWW-Authenticate``; ``description`` is ASCII without quotes and backslashes."""
    parts = [f'Bearer realm="{REALM}"']
    if reason:
        words = "".join(c for c in description if " " <= c <= "~" and c not in '"\\')
        parts += [f'error="{reason}"', f'error_description="{words}"']
    return ", ".join(parts).encode()
