"""GraphQL over HTTP without a server: bytes in, a `GraphQLRequest` and a response media type out.

Forgery.  A browser sends some requests across sites without asking first ("simple" requests: GET, and POST
with a form's or text content type).  Such a POST is refused for its content type, since only JSON is read.
A GET runs queries only, and is refused when a page of another site may have caused it: it bears a mark of a
browser (see `_BROWSER_MARKS`) and neither a header that forces a preflight nor ``Sec-Fetch-Site`` saying that
the page is ours.  Tools that are no browser (curl, SDKs) need no extra header.

Spec: GraphQL over HTTP, draft of 2026; Fetch, "CORS-safelisted request-header".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

import orjson

from router.errors import ClientError
from router.protocols.graphql_request import GraphQLRequest, InvalidRequestError, graphql_request
from router.protocols.media_types import weight

Headers: TypeAlias = Mapping[bytes, bytes]
"""Names in lower case; a header sent twice has its values joined with ``, ``."""

MAX_QUERY_PARAMETERS: Final = 32


class ResponseType(Enum):
    """The two media types of a response; the value is its ``content-type``."""

    GRAPHQL_RESPONSE = b"application/graphql-response+json; charset=utf-8"
    JSON = b"application/json; charset=utf-8"


class MethodNotAllowedError(ClientError):
    """The HTTP method is not for this; the ``Allow`` header says which are.

    What to do: send queries by GET or POST, mutations by POST.
    """

    code = "METHOD_NOT_ALLOWED"
    status = 405

    def __init__(self, message: str, allow: bytes = b"GET, POST") -> None:
        super().__init__(message)
        self.headers = ((b"allow", allow),)


class NotAcceptableError(ClientError):
    """``Accept`` names no media type the router can answer with."""

    code = "NOT_ACCEPTABLE"
    status = 406


class UnsupportedMediaTypeError(ClientError):
    """The body is not ``application/json`` in UTF-8, or does not say what it is."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class InvalidJsonError(ClientError):
    """The body, or a parameter that must hold JSON, does not."""

    code = "INVALID_JSON"
    status = 400


class BatchingNotSupportedError(ClientError):
    """The body is an array of requests."""

    code = "BATCHING_NOT_SUPPORTED"
    status = 400


class CrossSiteRequestError(ClientError):
    """A page of another site may have caused the request, without the user knowing.

    What to do: send ``content-type: application/json`` or any of the `PREFLIGHT_HEADERS`.
    """

    code = "CSRF_ERROR"
    status = 400


PREFLIGHT_HEADERS: Final = (
    b"apollo-require-preflight",
    b"x-apollo-operation-name",
    b"graphql-require-preflight",
)
"""No page can send these across sites without the preflight that CORS answers."""

_BROWSER_MARKS: Final = (b"origin", b"referer", b"cookie", b"sec-fetch-site", b"sec-fetch-dest")
_SIMPLE_CONTENT_TYPES: Final = frozenset(
    {"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
)


def response_type(accept: bytes | None) -> ResponseType:
    """Choose the media type of the response by the ``Accept`` header.

    JSON is the answer to a missing header and to wildcards; the newer type must be named.
    Raises: NotAcceptableError.
    """
    if not accept or accept == b"*/*":
        return ResponseType.JSON
    chosen = _negotiate(accept)
    if chosen is None:
        raise NotAcceptableError("Accept must allow application/graphql-response+json or application/json.")
    return chosen


@lru_cache(maxsize=256)
def _negotiate(accept: bytes) -> ResponseType | None:
    """Give the type with the highest quality; of equals the one that was named first, then JSON."""
    named: dict[str, float] = {}
    for media_range in accept.decode("latin-1").split(","):
        name, _, parameters = media_range.partition(";")
        named.setdefault(name.strip().lower(), weight(parameters))
    wildcard = named.get("application/*", named.get("*/*", 0.0))
    names = list(named)
    choices: list[tuple[float, int, ResponseType]] = []
    for name, media_type in (
        ("application/json", ResponseType.JSON),
        ("application/graphql-response+json", ResponseType.GRAPHQL_RESPONSE),
    ):
        place = names.index(name) if name in named else len(names) + len(choices)
        choices.append((-named.get(name, wildcard), place, media_type))
    best = min(choices, key=lambda choice: choice[:2])
    return best[2] if best[0] < 0 else None


def read_request(method: str, headers: Headers, query_string: bytes, body: bytes) -> GraphQLRequest:
    """Read one GraphQL request.

    Raises: a `ClientError` with its status: wrong method, media type, JSON or shape; a forged request.
    """
    if method == "POST":
        check_content_type(headers)
        return graphql_request(_object(body))
    if method != "GET":
        raise MethodNotAllowedError(f"Send GraphQL requests by GET or POST, not {method}.")
    check_not_forged(headers)
    return graphql_request(_query_parameters(query_string))


def check_content_type(headers: Headers) -> None:
    """Raises: UnsupportedMediaTypeError unless the body is JSON in UTF-8."""
    if not _is_json(headers.get(b"content-type", b"")):
        raise UnsupportedMediaTypeError("Send the request as content-type: application/json, in UTF-8.")


def check_not_forged(headers: Headers) -> None:
    """Raises: CrossSiteRequestError where a page of another site may have sent the request unasked."""
    if may_be_forged(headers):
        raise CrossSiteRequestError(
            "This request may come from another site. Send content-type: application/json or one of the "
            f"headers {', '.join(name.decode() for name in PREFLIGHT_HEADERS)} with it."
        )


def may_be_forged(headers: Headers) -> bool:
    """Tell whether a page of another site could have sent a request with these headers unasked."""
    content_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if content_type not in _SIMPLE_CONTENT_TYPES or any(name in headers for name in PREFLIGHT_HEADERS):
        return False
    if headers.get(b"sec-fetch-site") in (b"same-origin", b"none"):
        return False
    # Every browser's user agent begins so, and a page cannot change it without a preflight.
    is_browser = headers.get(b"user-agent", b"").startswith(b"Mozilla/")
    return is_browser or content_type != "" or any(name in headers for name in _BROWSER_MARKS)


@lru_cache(maxsize=64)
def _is_json(content_type: bytes) -> bool:
    media_type, _, parameters = content_type.decode("latin-1").partition(";")
    if media_type.strip().lower() != "application/json":
        return False
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            return False
    return True


def _object(body: bytes) -> dict[str, Any]:
    if not body:
        raise InvalidRequestError('The body is empty: send {"query": ...} as JSON.')
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidJsonError(
            f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from None
    if isinstance(value, list):
        raise BatchingNotSupportedError(
            "The body is an array: batching is not supported, send one request at a time."
        )
    if not isinstance(value, dict):
        raise InvalidRequestError('The body must be a JSON object: {"query": ...}.')
    return value


def _query_parameters(query_string: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_QUERY_PARAMETERS,
        )
    except ValueError:
        raise InvalidRequestError(
            "The query string is not URL-encoded UTF-8, or has too many parts."
        ) from None
    parameters: dict[str, Any] = {}
    for name, value in pairs:
        if name in parameters:
            raise InvalidRequestError(f'The query string has "{name}" twice.')
        parameters[name] = value
    for name in ("variables", "extensions"):
        if parameters.get(name):
            try:
                parameters[name] = orjson.loads(parameters[name])
            except orjson.JSONDecodeError:
                raise InvalidJsonError(f'"{name}" in the query string must be JSON.') from None
        else:
            parameters.pop(name, None)
    return parameters


def response_status(media_type: ResponseType, status: int, *, is_well_formed: bool) -> int:
    """Give the HTTP status for an answer that would be ``status`` under the newer media type.

    Under ``application/json`` every well-formed request gets 200, whatever became of its document: clients of
    the older type take any other status for an answer that is not GraphQL.
    Spec: GraphQL over HTTP, "application/json", "Status Codes".
    """
    return 200 if is_well_formed and status == 400 and media_type is ResponseType.JSON else status


def error_json(error: ClientError) -> bytes:
    """Give the response body for a request that was refused before it could run."""
    return orjson.dumps({"errors": [error_entry(error)]})


def error_entry(error: ClientError) -> dict[str, Any]:
    """Give the entry of ``errors`` for a refusal.

    Shapes: ``{"message": string, "locations"?: [{"line", "column"}], "extensions": {"code": string}}``.
    """
    entry: dict[str, Any] = {"message": str(error)}
    locations = getattr(error, "locations", ())
    if locations:
        entry["locations"] = [{"line": line, "column": column} for line, column in locations]
    entry["extensions"] = {"code": error.code}
    return entry
