"""Errors of a running operation: the values of the response's ``errors``, and the codes made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, TypeAlias

from router.errors import ClientError, InternalError, SubgraphError

ErrorPath: TypeAlias = tuple[str | int, ...]
"""Response keys as the client wrote them, and list indices."""


class Audience(Enum):
    """Who may read an error's message."""

    CLIENT = "client"
    """Made from the request and the schema alone: shown."""
    OPERATOR = "operator"
    """Made by or about a subgraph: masked unless configured otherwise."""


@dataclass(frozen=True, slots=True)
class ExecutionError:
    """One entry of the response's ``errors``."""

    message: str
    path: ErrorPath | None
    code: str
    subgraph: str | None = None
    audience: Audience = Audience.OPERATOR
    extensions: Mapping[str, Any] = field(default_factory=dict)
    """What the subgraph said beside its message; ``code`` and ``service`` are added to it."""

    def as_dict(self) -> dict[str, Any]:
        """Give the error as the GraphQL response holds it."""
        error: dict[str, Any] = {"message": self.message}
        if self.path is not None:
            error["path"] = list(self.path)
        extensions = {**self.extensions, "code": self.code}
        if self.subgraph is not None:
            extensions["service"] = self.subgraph
        error["extensions"] = extensions
        return error


class SubgraphInvalidValueError(SubgraphError):
    """A value is not what the schema says: text for an Int, a list for an object, an unknown enum value.

    What to do: make the subgraph's resolvers answer what its schema promises.
    """

    code = "SUBGRAPH_INVALID_VALUE"


class SubgraphNullValueError(SubgraphError):
    """A non-null field is null or missing and no subgraph said why.

    What to do: make the field nullable, or find out why the subgraph that owns the entity does not know it.
    """

    code = "SUBGRAPH_NULL_VALUE"


class WithheldError(ClientError):
    """The caller may not read a field, or objects of a type: it is null.

    What to do: send a token with the scopes that the schema asks for (``@requiresScopes``), or ask for less.
    """

    code = "UNAUTHORIZED_FIELD_OR_TYPE"
    status = 403


def withheld_error(path: ErrorPath) -> ExecutionError:
    """Give the error for what is withheld at ``path``; ``@`` in it stands for every item of a list."""
    return ExecutionError("Unauthorized field or type", path, WithheldError.code, audience=Audience.CLIENT)


class UnplannableOperationError(InternalError):
    """The operation is valid, but no subgraph can answer a part of it.

    What to do: the message names the fields; compose with satisfiability checks, or resolve them somewhere.
    """

    code = "OPERATION_UNPLANNABLE"


class InvalidVariablesError(ClientError):
    """The variables do not fit the operation.

    What to do: the messages say which variable and where in it.
    """

    code = "INVALID_VARIABLES"
    MAX_ERRORS: ClassVar[int] = 50

    def __init__(self, messages: tuple[str, ...]) -> None:
        """Keep the first messages: one request must not make an answer without end."""
        super().__init__("; ".join(messages[:3]))
        self.errors = tuple(
            ExecutionError(message, None, self.code, audience=Audience.CLIENT)
            for message in messages[: self.MAX_ERRORS]
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """A fetch, or one entity of it, that gave no usable answer."""

    fetch: int
    error: SubgraphError
    entity: int | None = None
    """Which `_entities` selection; None: the whole fetch."""
    index: int | None = None
    """Which of its representations; None: all."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One entry of a subgraph's ``errors``, as it came."""

    fetch: int
    error: dict[str, Any]
