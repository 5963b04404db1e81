"""GraphQL over HTTP: what is read, what is refused, and with which status."""

from __future__ import annotations

import orjson
import pytest

from router.errors import ClientError
from router.protocols.graphql_http import (
    BatchingNotSupportedError,
    CrossSiteRequestError,
    InvalidJsonError,
    MethodNotAllowedError,
    NotAcceptableError,
    ResponseType,
    UnsupportedMediaTypeError,
    error_json,
    read_request,
    response_status,
    response_type,
)
from router.protocols.graphql_request import (
    GraphQLRequest,
    InvalidRequestError,
    PersistedQueryNotSupportedError,
)

JSON = {b"content-type": b"application/json"}


def post(value: object) -> GraphQLRequest:
    return read_request("POST", JSON, b"", orjson.dumps(value))


def get(query_string: bytes, **headers: bytes) -> GraphQLRequest:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return read_request("GET", named, query_string, b"")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, ResponseType.JSON),
        (b"*/*", ResponseType.JSON),
        (b"application/*", ResponseType.JSON),
        (b"application/json", ResponseType.JSON),
        (b"application/graphql-response+json", ResponseType.GRAPHQL_RESPONSE),
        (b"application/graphql-response+json; charset=utf-8", ResponseType.GRAPHQL_RESPONSE),
        (b"application/graphql-response+json, application/json;q=0.9", ResponseType.GRAPHQL_RESPONSE),
        (b"application/graphql-response+json;q=0.5, application/json", ResponseType.JSON),
        (b"application/json, application/graphql-response+json", ResponseType.JSON),
        (b"Application/GraphQL-Response+JSON, */*", ResponseType.GRAPHQL_RESPONSE),
        (b"text/html, */*;q=0.8", ResponseType.JSON),
        (b"application/json;q=0, */*", ResponseType.GRAPHQL_RESPONSE),
        (b"application/json;q=nonsense, application/graphql-response+json", ResponseType.GRAPHQL_RESPONSE),
    ],
)
def test_accept_chooses_the_response_type(accept: bytes | None, expected: ResponseType) -> None:
    assert response_type(accept) is expected


@pytest.mark.parametrize("accept", [b"text/html", b"image/*", b"application/json;q=0", b"multipart/mixed"])
def test_an_accept_that_allows_neither_type_is_refused(accept: bytes) -> None:
    with pytest.raises(NotAcceptableError):
        response_type(accept)


def test_a_post_carries_all_four_parameters() -> None:
    request = post({"query": "{a}", "operationName": "Q", "variables": {"x": 1}, "extensions": {"y": 2}})
    assert request == GraphQLRequest("{a}", "Q", {"x": 1}, {"y": 2})


def test_null_parameters_are_absent_ones_and_unknown_keys_are_ignored() -> None:
    request = post({"query": "{a}", "operationName": None, "variables": None, "extensions": None, "id": 1})
    assert request == GraphQLRequest("{a}", None, {}, {})


@pytest.mark.parametrize(
    "value", [{"query": v} for v in ({"a": 1}, 0, False, ["a"], None, "")] + [{}, {"qeury": "{a}"}]
)
def test_a_missing_or_odd_query_is_refused(value: object) -> None:
    with pytest.raises(InvalidRequestError, match="query"):
        post(value)


@pytest.mark.parametrize("name", ["variables", "extensions"])
@pytest.mark.parametrize("value", ["text", 0, False, ["a"]])
def test_variables_and_extensions_must_be_objects(name: str, value: object) -> None:
    with pytest.raises(InvalidRequestError, match=name):
        post({"query": "{a}", name: value})


@pytest.mark.parametrize("value", [{"a": 1}, 0, False, ["a"]])
def test_the_operation_name_must_be_a_string(value: object) -> None:
    with pytest.raises(InvalidRequestError, match="operationName"):
        post({"query": "{a}", "operationName": value})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", InvalidRequestError),
        (b'{"query', InvalidJsonError),
        (b'{"query": NaN}', InvalidJsonError),
        (b'{"query": "\xff"}', InvalidJsonError),
        (b'"{a}"', InvalidRequestError),
        (b"null", InvalidRequestError),
        (b'[{"query": "{a}"}]', BatchingNotSupportedError),
        (b"[" * 5000, InvalidJsonError),
    ],
)
def test_a_body_that_is_no_request_says_why(body: bytes, error: type[ClientError]) -> None:
    with pytest.raises(error) as caught:
        read_request("POST", JSON, b"", body)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "content_type",
    [b"", b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x",
     b"application/json; charset=latin-1", b"application/jsonx"],
)  # fmt: skip
def test_a_post_of_another_media_type_is_refused(content_type: bytes) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        read_request("POST", {b"content-type": content_type}, b"", b'{"query": "{a}"}')


@pytest.mark.parametrize(
    "content_type", [b"application/json; charset=utf-8", b'Application/JSON;charset="UTF-8"']
)
def test_utf_8_json_is_read_however_it_is_named(content_type: bytes) -> None:
    body = '{"query": "{ a(b: \\"🏊\\") }"}'.encode()
    assert "🏊" in read_request("POST", {b"content-type": content_type}, b"", body).query


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_not_allowed(method: str) -> None:
    with pytest.raises(MethodNotAllowedError) as caught:
        read_request(method, JSON, b"", b'{"query": "{a}"}')
    assert caught.value.headers == ((b"allow", b"GET, POST"),)


def test_a_get_carries_json_in_its_query_string() -> None:
    request = get(b"query=%7Ba%7D&operationName=Q&variables=%7B%22x%22:1%7D&extensions=&other=1")
    assert request == GraphQLRequest("{a}", "Q", {"x": 1}, {})


@pytest.mark.parametrize(
    ("query_string", "error"),
    [
        (b"", InvalidRequestError),
        (b"query=", InvalidRequestError),
        (b"query=%7Ba%7D&query=%7Bb%7D", InvalidRequestError),
        (b"query=%ff", InvalidRequestError),
        (b"query=\xff", InvalidRequestError),
        (b"&".join(b"a%d=1" % i for i in range(100)), InvalidRequestError),
        (b"query=%7Ba%7D&variables=%7B", InvalidJsonError),
        (b"query=%7Ba%7D&variables=1", InvalidRequestError),
    ],
)
def test_a_bad_query_string_says_why(query_string: bytes, error: type[ClientError]) -> None:
    with pytest.raises(error):
        get(query_string)


@pytest.mark.parametrize(
    "mark",
    [
        {"user_agent": b"Mozilla/5.0 (X11; Linux x86_64)"},
        {"origin": b"https://evil.example"},
        {"referer": b"https://evil.example/"},
        {"cookie": b"session=1"},
        {"sec_fetch_site": b"cross-site"},
        {"sec_fetch_site": b"same-site"},
        {"content_type": b"text/plain"},
    ],
)
def test_a_get_that_another_site_may_have_caused_is_refused(mark: dict[str, bytes]) -> None:
    with pytest.raises(CrossSiteRequestError):
        get(b"query=%7Ba%7D", **mark)
    for header in ("apollo_require_preflight", "x_apollo_operation_name", "graphql_require_preflight"):
        assert get(b"query=%7Ba%7D", **mark, **{header: b"1"}).query == "{a}"


def test_a_get_of_our_own_page_or_of_a_tool_needs_no_header() -> None:
    assert get(b"query=%7Ba%7D", user_agent=b"Mozilla/5.0", sec_fetch_site=b"same-origin").query == "{a}"
    assert get(b"query=%7Ba%7D", user_agent=b"Mozilla/5.0", content_type=b"application/json").query == "{a}"
    assert get(b"query=%7Ba%7D", user_agent=b"curl/8.5.0", accept=b"*/*").query == "{a}"


def test_a_hash_may_stand_for_the_text() -> None:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}
    assert post({"extensions": extensions}) == GraphQLRequest("", extensions=extensions)
    assert orjson.loads(error_json(PersistedQueryNotSupportedError())) == {
        "errors": [
            {"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}
        ]
    }


def test_legacy_json_hides_the_status_of_a_well_formed_request_only() -> None:
    assert response_status(ResponseType.JSON, 400, is_well_formed=True) == 200
    assert response_status(ResponseType.JSON, 400, is_well_formed=False) == 400
    assert response_status(ResponseType.JSON, 401, is_well_formed=True) == 401
    assert response_status(ResponseType.GRAPHQL_RESPONSE, 400, is_well_formed=True) == 400
