"""Reading a result out of a response."""

from __future__ import annotations

import pytest

from router.errors import SubgraphHttpStatusError, SubgraphInvalidResponseError
from router.transport.base import SubgraphResponse, read_result


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("body", [b'{"data":{"a":1}}', b'{"data":null,"errors":[{}]}', b'{"errors":[{}]}'])
def test_a_result_counts_whatever_the_status(status: int, body: bytes) -> None:
    assert set(read_result("orders", SubgraphResponse(status, (), body))) <= {"data", "errors"}


NO_RESULT = [b"", b"<html>", b'{"data":{', b"[]", b"null", b"7", b"{}", b'{"errors":[]}', b'{"data":[]}',
             b'{"data":1}', b'{"data":null,"errors":{}}', b'{"errors":"no"}', b"\xff"]  # fmt: skip


@pytest.mark.parametrize("body", NO_RESULT)
def test_anything_else_is_an_error_that_names_the_status_or_the_fault(body: bytes) -> None:
    with pytest.raises(SubgraphInvalidResponseError, match="the answer is"):
        read_result("orders", SubgraphResponse(200, (), body))
    for status in (302, 404, 500):
        with pytest.raises(SubgraphHttpStatusError, match=str(status)) as caught:
            read_result("orders", SubgraphResponse(status, (), body))
        assert caught.value.http_status == status
