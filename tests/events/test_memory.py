"""The in-process broker."""

from __future__ import annotations

import pytest

from router.events.broker import SubscriberTooSlowError
from router.events.memory import MemoryBroker


async def test_messages_reach_every_subscriber_of_the_channel_in_order() -> None:
    broker = MemoryBroker()
    first, second, other = [await broker.subscribe(name) for name in ("orders", "orders", "stock")]
    for message in (b"1", b"2"):
        await broker.publish("orders", message)
    await broker.close()
    assert [m async for m in first] == [b"1", b"2"]
    assert [m async for m in second] == [b"1", b"2"]
    assert [m async for m in other] == []


async def test_a_slow_subscriber_loses_its_subscription_and_holds_nobody_up() -> None:
    broker = MemoryBroker(max_pending=2)
    slow, quick = await broker.subscribe("orders"), await broker.subscribe("orders")
    for number in range(4):
        await broker.publish("orders", b"%d" % number)
        assert await anext(quick) == b"%d" % number
    assert [await anext(slow), await anext(slow)] == [b"0", b"1"]
    with pytest.raises(SubscriberTooSlowError):
        await anext(slow)


async def test_a_closed_subscription_is_forgotten() -> None:
    broker = MemoryBroker()
    subscription = await broker.subscribe("orders")
    subscription.close()
    await broker.publish("orders", b"1")
    assert [m async for m in subscription] == []
