"""What the pipeline gives back, and why it may give nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from router.engine.admission import Caller
from router.engine.response_headers import Source
from router.errors import ClientError, RouterError
from router.guards.cost import CostReport
from router.language.operation import OperationKind
from router.protocols.graphql_http import MethodNotAllowedError


class SubscriptionOverHttpError(ClientError):
    """A subscription came from a client that takes only one result.

    What to do: accept ``text/event-stream`` or ``multipart/mixed;subscriptionSpec="1.0"``, or open a WebSocket
    with the sub-protocol graphql-transport-ws at the same path.
    """

    code = "SUBSCRIPTION_OVER_HTTP"
    status = 400


class NotReadyError(ClientError):
    """No supergraph is loaded (yet).  What to do: try again; ask ``/health/ready``."""

    code = "NOT_READY"
    status = 503


class RequestTimeoutError(ClientError):
    """The request had no answer within ``traffic_shaping.router.timeout``, not even one of parts.

    What to do: send it again; an operation that is slow to plan is planned faster the second time.
    """

    code = "GATEWAY_TIMEOUT"
    status = 504


@dataclass(frozen=True, slots=True)
class Answer:
    """A response body and what the HTTP edge needs to know about it."""

    body: bytes
    status: int = 200
    """Under ``application/graphql-response+json``."""
    is_well_formed: bool = True
    """Whether the request was a GraphQL request, whatever became of its document."""
    error: RouterError | None = None
    """Why the operation did not run."""
    sources: tuple[Source, ...] | None = None
    """Of an operation that ran, where rules for answers are configured: what subgraphs answered, in plan order."""
    has_errors: bool = False
    """Whether an operation that ran has errors in its answer."""
    headers: Sequence[tuple[bytes, bytes]] = ()
    """What the rules give this caller of them."""
    cost: CostReport | None = None
    """Of an operation that ran, where cost is told; for metrics."""


@dataclass(frozen=True, slots=True)
class OpenOperation:
    """An operation that is prepared and not yet run."""

    kind: OperationKind
    results: AsyncGenerator[bytes]
    """One result of a query or mutation, one per event of a subscription; each is JSON text.

    Ends normally only when the subgraph ended the stream.  Leaving early stops the subgraph's stream.
    Raises: ClientError for variables that do not fit; SubgraphError when the stream breaks.
    """
    renew: Callable[[Caller], Awaitable[None]]
    """Let what is asked of subgraphs from now on be asked for this caller: the same one, with a fresh token.

    Raises: GrantsLostError when the fresh token may not read all that goes on to be read.
    """


def check_method(kind: OperationKind, *, allows_mutations: bool, allows_subscriptions: bool = False) -> None:
    """Raises: a `ClientError` for an operation that cannot come this way."""
    if kind is OperationKind.SUBSCRIPTION and not allows_subscriptions:
        raise SubscriptionOverHttpError(
            "A subscription's results go on: accept text/event-stream or "
            "multipart/mixed;subscriptionSpec=1.0, or connect by WebSocket with graphql-transport-ws."
        )
    if kind is OperationKind.MUTATION and not allows_mutations:
        raise MethodNotAllowedError("Mutations need POST.", b"POST")


def check_wait(waited_s: float, timeout_s: float) -> None:
    """Raises: RequestTimeoutError for a request that waited for its turn until its time was over."""
    if waited_s and waited_s >= timeout_s:
        raise RequestTimeoutError("The request waited for its turn until its time was over.")
