"""What the registry cannot do, with stable codes."""

from __future__ import annotations

from router.errors import ClientError, InternalError


class RegistryUnauthenticatedError(ClientError):
    """The registry was given no token, or one that it does not know, that is revoked or has expired.

    What to do: give a token that ``olympus registry token create`` made.
    """

    code = "REGISTRY_UNAUTHENTICATED"
    status = 401
    headers = ((b"www-authenticate", b"Bearer"),)


class RegistryForbiddenError(ClientError):
    """The token does not have the scope that this needs on this graph.

    What to do: use a token with the scope that the message names.
    """

    code = "REGISTRY_FORBIDDEN"
    status = 403


class RegistryNotFoundError(ClientError):
    """The registry has no such graph, variant, subgraph or release."""

    code = "REGISTRY_NOT_FOUND"
    status = 404


class RegistryInvalidError(ClientError):
    """What was asked of the registry cannot be: a name it does not take, a URL that is missing.

    What to do: correct what the message names.
    """

    code = "REGISTRY_INVALID"
    status = 400


class RegistryConflictError(ClientError):
    """Others changed the same variant again and again meanwhile; nothing was changed.

    What to do: try again.
    """

    code = "REGISTRY_CONFLICT"
    status = 409


class RegistryUnavailableError(InternalError):
    """The registry's database cannot be used: it is away, its disk is full, or it answers too late.

    What to do: look at the registry's log; publish again, which is safe to do twice.
    """

    code = "REGISTRY_UNAVAILABLE"
    status = 503


class RegistryDatabaseError(Exception):
    """The database cannot be opened; the message says why, without its password."""
