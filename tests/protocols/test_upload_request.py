"""``operations`` and ``map``: where files go, and maps that lead nowhere."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from router.errors import ClientError
from router.protocols.graphql_request import GraphQLRequest
from router.protocols.upload import Upload
from router.protocols.upload_request import UploadRequest, read_upload

QUERY = "mutation($f: Upload) { a(f: $f) }"


def read(operations: Any, places: Any, batch: int = 5) -> UploadRequest:
    return read_upload(orjson.dumps(operations), orjson.dumps(places), 3, batch)


def variables(request: UploadRequest, index: int = 0) -> Any:
    entry = request.entries[index]
    assert isinstance(entry, GraphQLRequest)
    return entry.variables


def test_files_stand_where_the_map_says() -> None:
    given = {"query": QUERY, "variables": {"f": None, "in": {"list": [None, None]}}}
    request = read(given, {"x": ["variables.f"], "y": ["variables.in.list.1", "variables.in.list.0"]})
    found = variables(request)
    assert isinstance(found["f"], Upload) and found["f"].key == "x"
    assert found["in"]["list"][0] is found["in"]["list"][1]
    assert (request.keys, request.is_batch) == (("x", "y"), False)


def test_a_batch_has_files_by_request() -> None:
    one = {"query": QUERY, "variables": {"f": None}}
    request = read([one, one], {"0": ["0.variables.f"], "1": ["1.variables.f"]})
    assert [variables(request, index)["f"].key for index in (0, 1)] == ["0", "1"]
    assert request.is_batch


def test_a_form_without_files_is_a_request_like_any_other() -> None:
    assert read({"query": "{ a }"}, {}).keys == ()


VARIABLES = {"f": None, "g": "text", "list": [None]}


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ([], "INVALID_FILE_UPLOAD"),
        (None, "INVALID_FILE_UPLOAD"),
        ({"0": "variables.f"}, "INVALID_FILE_UPLOAD"),
        ({"0": []}, "INVALID_FILE_UPLOAD"),
        ({"0": [1]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["query"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["extensions.f"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.nope"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.g"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.g.0"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.list.1"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.list.-1"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.list.\u0660"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["0.variables.f"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.f"], "1": ["variables.f"]}, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.f"] * 1001}, "INVALID_FILE_UPLOAD"),
        ({str(key): ["variables.f"] for key in range(4)}, "TOO_MANY_FILES"),
    ],
)
def test_a_map_that_is_none_is_refused(places: Any, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        read({"query": QUERY, "variables": VARIABLES}, places)
    assert caught.value.code == code


def test_one_file_goes_to_one_request_of_a_batch() -> None:
    one = {"query": QUERY, "variables": {"f": None}}
    with pytest.raises(ClientError, match="several requests"):
        read([one, one], {"0": ["0.variables.f", "1.variables.f"]})


@pytest.mark.parametrize(
    ("operations", "code"),
    [
        (b"{", "INVALID_FILE_UPLOAD"),
        (b"1", "INVALID_GRAPHQL_REQUEST"),
        (b"[]", "BATCHING_NOT_SUPPORTED"),
        (b'{"variables": {}}', "INVALID_GRAPHQL_REQUEST"),
    ],
)
def test_operations_are_read_as_a_body_is(operations: bytes, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        read_upload(operations, b"{}", 3, 0)
    assert caught.value.code == code
