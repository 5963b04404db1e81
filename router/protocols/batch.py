"""Several requests in one body, as a JSON array; each entry has its own result, in the array's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from router.errors import ClientError
from router.protocols.graphql_http import Headers, InvalidJsonError, check_content_type
from router.protocols.graphql_request import GraphQLRequest, InvalidRequestError, graphql_request


class BatchLimitExceededError(ClientError):
    """The array has more than ``batching.maximum_size`` requests.

    What to do: send smaller batches, or raise the limit.
    """

    code = "BATCH_LIMIT_EXCEEDED"
    status = 422


def is_batch(body: bytes) -> bool:
    """Tell whether a body is an array."""
    return body[:64].lstrip()[:1] == b"["


def read_batch(headers: Headers, body: bytes, max_requests: int) -> list[GraphQLRequest | ClientError]:
    """Read the requests of a POST; an entry that is none is its error.

    Raises: a `ClientError` when the whole cannot be read.
    """
    check_content_type(headers)
    try:
        entries = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidJsonError(f"The body is not JSON: {error.msg}.") from None
    return read_entries(entries, max_requests)


def read_entries(entries: list[Any], max_requests: int) -> list[GraphQLRequest | ClientError]:
    """Read the requests of a batch; an entry that is none is its error.

    Raises: a `ClientError` when there are none, or too many.
    """
    if not entries:
        raise InvalidRequestError("The batch is empty: send at least one request.")
    if len(entries) > max_requests:
        raise BatchLimitExceededError(f"The batch has {len(entries)} requests; {max_requests} are allowed.")
    return [_entry(entry) for entry in entries]


def batch_json(bodies: Sequence[bytes]) -> bytes:
    """Give the response body of a batch."""
    return b"[" + b",".join(bodies) + b"]"


def _entry(entry: object) -> GraphQLRequest | ClientError:
    try:
        if isinstance(entry, dict):
            return graphql_request(entry)
        raise InvalidRequestError('Each entry must be a JSON object: {"query": ...}.')
    except ClientError as error:
        return error
