"""The fakes keep the promises of the real clients."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from router.errors import SubgraphConnectionRefusedError
from router.transport.base import Json, SubgraphRequest, SubgraphResponse, SubscriptionRequest
from router.transport.fake import FakeStreams, FakeSubgraphs


def request(subgraph: str) -> SubgraphRequest:
    return SubgraphRequest(subgraph, "http://x/", b'{"query":"{a}"}', (), True, 1.0)


async def test_handlers_give_results_bytes_or_responses_and_requests_are_recorded() -> None:
    async def slow(_: SubgraphRequest) -> bytes:
        return b"[]"

    fakes = FakeSubgraphs(
        {
            "orders": lambda _: {"data": {"a": 1}},
            "products": slow,
            "customers": lambda _: SubgraphResponse(500, (), b"no"),
        }
    )
    got = [await fakes.send(request(name)) for name in ("orders", "products", "customers")]
    assert [(one.status, one.body) for one in got] == [(200, b'{"data":{"a":1}}'), (200, b"[]"), (500, b"no")]
    assert fakes.bodies("orders") == [{"query": "{a}"}]
    with pytest.raises(SubgraphConnectionRefusedError):
        await fakes.send(request("analytics"))
    assert len(fakes.requests) == 4
    await fakes.close()
    assert fakes.is_closed


async def test_streams_give_the_events_and_count_who_left_early() -> None:
    async def events(_: SubscriptionRequest) -> AsyncIterator[Json]:
        for number in range(3):
            yield {"data": number}

    fakes = FakeStreams({"orders": events})
    whole = fakes.subscribe(SubscriptionRequest("orders", "ws://x/", b"{}", ()))
    assert [one async for one in whole] == [{"data": number} for number in range(3)]
    await whole.aclose()
    early = fakes.subscribe(SubscriptionRequest("orders", "ws://x/", b"{}", ()))
    await anext(early)  # type: ignore[arg-type]
    await early.aclose()
    assert fakes.closed_early == 1
    with pytest.raises(SubgraphConnectionRefusedError):
        await anext(fakes.subscribe(SubscriptionRequest("products", "ws://x/", b"{}", ())))  # type: ignore[arg-type]
