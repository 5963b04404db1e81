"""What a client may read: errors masked by audience, and the response as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from router.engine.options import EngineOptions
from router.errors import ClientError, RouterError, SubgraphError
from router.execution.context import Response
from router.execution.errors import (
    Audience,
    ExecutionError,
    InvalidVariablesError,
    WithheldError,
    withheld_error,
)
from router.guards.access import WithheldOperationError, WithheldShownIn
from router.language.validate import InvalidDocumentError
from router.protocols.graphql_http import error_entry
from router.telemetry.request_context import current_request

INTERNAL_ERROR_ENTRY: Mapping[str, Any] = {
    "message": "Internal server error",
    "extensions": {"code": "INTERNAL_SERVER_ERROR"},
}


def response_json(response: Response, options: EngineOptions, extensions: Mapping[str, Any] | None) -> bytes:
    """Give the response body.

    Shapes: ``{"errors"?: [{"message", "path"?, "extensions": {"code", "service"?, "requestId"?}}], "data",
    "extensions"?}``.
    """
    if response.data_json is not None and not response.errors and extensions is None:
        return b'{"data":%b}' % response.data_json
    body: dict[str, Any] = {}
    if response.errors:
        told: Sequence[ExecutionError] = response.errors
        if options.access.shown_in is not WithheldShownIn.ERRORS:
            told, extensions = _without_withheld(response.errors, options, extensions)
        if told:
            body["errors"] = with_request_id([shown(error, options) for error in told])
    body["data"] = response.data
    if extensions is not None:
        body["extensions"] = extensions
    return orjson.dumps(body)


def _without_withheld(
    errors: Sequence[ExecutionError], options: EngineOptions, extensions: Mapping[str, Any] | None
) -> tuple[list[ExecutionError], Mapping[str, Any] | None]:
    """Take the errors about what is withheld out, and to where they are configured to be."""
    withheld = [error for error in errors if error.code == WithheldError.code and error.subgraph is None]
    if withheld and options.access.shown_in is WithheldShownIn.EXTENSIONS:
        entries = [error.as_dict() for error in withheld]
        extensions = {**(extensions or {}), "authorizationErrors": entries}
    return [error for error in errors if error not in withheld], extensions


def shown(error: ExecutionError, options: EngineOptions) -> dict[str, Any]:
    """Give an error as a client may read it."""
    entry = error.as_dict()
    if error.audience is Audience.OPERATOR:
        exposure = options.exposure_of(error.subgraph or "")
        if not exposure.shows_message:
            entry["message"] = _masked(error.subgraph if exposure.shows_service else None)
        entry["extensions"] = exposure.shown(entry["extensions"])
    return entry


def _masked(subgraph: str | None) -> str:
    if subgraph is None:
        return "A part of the answer is missing"
    return f'The subgraph "{subgraph}" could not answer this part'


def refusal_entries(error: RouterError, options: EngineOptions) -> list[Mapping[str, Any]]:
    """Give the entries of ``errors`` for an operation that did not run, or a stream that broke."""
    return with_request_id(_refusal_entries(error, options))


def _refusal_entries(error: RouterError, options: EngineOptions) -> Iterable[Mapping[str, Any]]:
    if isinstance(error, InvalidDocumentError):
        return error.entries
    if isinstance(error, InvalidVariablesError):
        return [entry.as_dict() for entry in error.errors]
    if isinstance(error, WithheldOperationError) and error.paths:
        return [withheld_error(path).as_dict() for path in error.paths]
    if isinstance(error, ClientError):
        return [error_entry(error)]
    if isinstance(error, SubgraphError):
        return [shown(ExecutionError(str(error), None, error.code, error.subgraph), options)]
    return [INTERNAL_ERROR_ENTRY]


def refusal_json(error: RouterError, options: EngineOptions) -> bytes:
    """Give the response body for a request that was refused, or that the router failed to answer."""
    return orjson.dumps({"errors": refusal_entries(error, options)})


def with_request_id(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give the entries with the request's id, by which the operator finds the log's lines about them.

    An answer that several requests share has the id of the one whose execution it was.
    """
    request = current_request()
    if request is None:
        return list(entries)
    return [
        {**entry, "extensions": {**entry.get("extensions", {}), "requestId": request.id}} for entry in entries
    ]
