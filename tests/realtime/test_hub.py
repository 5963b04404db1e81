"""Rooms: who hears what, and who is told when something may be missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from router.events.broker import BrokerUnavailableError, Subscription
from router.events.memory import MemoryBroker
from router.realtime.hub import Hub, tenant_channel
from router.realtime.member import Member
from router.realtime.options import RealtimeOptions


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    one = Hub(MemoryBroker(), RealtimeOptions())
    yield one
    await one.close()


async def heard(member: Member) -> tuple[str, str | None, Any]:
    async with asyncio.timeout(5):
        frame = orjson.loads(await member.next_frame())
    assert frame["timestamp"].endswith("Z")
    return frame["type"], frame["room"], frame["data"]


async def say(hub: Hub, tenant: str, type_: str, room: str | None = None, data: Any = None) -> None:
    await hub.publish(tenant, hub.read(orjson.dumps({"type": type_, "room": room, "data": data})))


def join(hub: Hub, member: Member, room: str, type_: str = "join_room") -> None:
    hub.receive(member, orjson.dumps({"type": type_, "room": room}))


async def test_a_room_is_heard_by_who_is_in_it_and_a_tenant_by_all_of_it(hub: Hub) -> None:
    ann, ben = await hub.enter("acme", "ann"), await hub.enter("acme", "ben")
    join(hub, ann, "orders")
    assert await heard(ann) == ("room_joined", "orders", None)
    await say(hub, "acme", "paid", "orders", {"id": 1})
    await say(hub, "acme", "news")
    assert await heard(ann) == ("paid", "orders", {"id": 1})
    assert await heard(ann) == ("news", None, None)
    assert await heard(ben) == ("news", None, None)


async def test_a_room_of_the_same_name_is_another_tenants_own(hub: Hub) -> None:
    ann, eve = await hub.enter("acme", "ann"), await hub.enter("globex", "eve")
    for member in (ann, eve):
        join(hub, member, "orders")
        assert (await heard(member))[0] == "room_joined"
    await say(hub, "acme", "paid", "orders")
    await say(hub, "globex", "late", "orders")
    assert (await heard(ann))[0] == "paid"
    assert (await heard(eve))[0] == "late"


async def test_who_left_a_room_hears_it_no_more(hub: Hub) -> None:
    ann = await hub.enter("acme", "ann")
    join(hub, ann, "orders")
    join(hub, ann, "orders", "leave_room")
    assert [(await heard(ann))[0] for _ in range(2)] == ["room_joined", "room_left"]
    await say(hub, "acme", "paid", "orders")
    await say(hub, "acme", "news")
    assert (await heard(ann))[0] == "news"
    assert hub.counts.rooms == 0


async def test_a_frame_that_is_no_message_is_answered_with_an_error_and_harms_nothing(hub: Hub) -> None:
    ann = await hub.enter("acme", "ann")
    hub.receive(ann, "join me")
    type_, _, data = await heard(ann)
    assert (type_, data["code"]) == ("error", "REALTIME_BAD_MESSAGE")
    await say(hub, "acme", "news")
    assert (await heard(ann))[0] == "news"


async def test_a_client_can_be_in_so_many_rooms() -> None:
    hub = Hub(MemoryBroker(), RealtimeOptions(max_rooms=2))
    ann = await hub.enter("acme", "ann")
    for room in ("a", "b", "b", "c"):
        join(hub, ann, room)
    assert [(await heard(ann))[0] for _ in range(4)] == ["room_joined", "room_joined", "room_joined", "error"]
    await hub.close()


async def test_a_member_that_does_not_read_is_dropped_and_counted_and_the_others_hear_all() -> None:
    hub = Hub(MemoryBroker(), RealtimeOptions(max_pending_frames=3))
    slow, quick = await hub.enter("acme", "slow"), await hub.enter("acme", "quick")
    for number in range(10):
        await say(hub, "acme", "news", data=number)
        assert await heard(quick) == ("news", None, number)
    assert slow.dropped.done()
    assert not quick.dropped.done()
    assert (hub.counts.dropped_members, hub.counts.deliveries) == (1, 13)
    await hub.close()


async def test_what_others_publish_on_the_channel_is_heard_and_what_cannot_be_read_is_skipped() -> None:
    broker = MemoryBroker()
    hub = Hub(broker, RealtimeOptions())
    ann = await hub.enter("acme", "ann")
    await broker.publish(tenant_channel("acme"), b"rubbish")
    await broker.publish(tenant_channel("acme"), b'{"type":"room_joined","room":"x"}')
    await broker.publish(tenant_channel("acme"), b'{"type":"news","data":[1]}')
    assert await heard(ann) == ("news", None, [1])
    assert hub.counts.bad_broadcasts == 2
    await hub.close()


async def test_a_tenant_without_members_is_not_listened_to() -> None:
    broker = MemoryBroker()
    hub = Hub(broker, RealtimeOptions())
    ann = await hub.enter("acme", "ann")
    join(hub, ann, "orders")
    hub.leave(ann)
    hub.leave(ann)
    while broker._subscriptions:
        await asyncio.sleep(0)
    assert (hub.counts.members, hub.counts.rooms, hub.counts.joined) == (0, 0, 1)
    ann = await hub.enter("acme", "ann")
    await say(hub, "acme", "news")
    assert (await heard(ann))[0] == "news"
    await hub.close()


class Shaky(MemoryBroker):
    """A broker that is away, and one whose messages may be missing."""

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.subscriptions: list[Subscription] = []

    async def subscribe(self, channel: str) -> Subscription:
        if self.is_away:
            raise BrokerUnavailableError("away")
        self.subscriptions.append(await super().subscribe(channel))
        return self.subscriptions[-1]


async def test_members_are_told_where_broadcasts_may_be_missing() -> None:
    broker = Shaky()
    hub = Hub(broker, RealtimeOptions())
    ann = await hub.enter("acme", "ann")
    await say(hub, "acme", "news", data=1)
    broker.subscriptions[0].lose()
    await say(hub, "acme", "news", data=2)
    assert [await heard(ann) for _ in range(3)] == [("news", None, 1), ("gap", None, None), ("news", None, 2)]
    assert hub.counts.gaps == 1
    await hub.close()


async def test_a_broker_that_is_away_keeps_nobody_out_and_is_heard_when_it_is_back() -> None:
    broker = Shaky()
    broker.is_away = True
    hub = Hub(broker, RealtimeOptions())
    ann = await hub.enter("acme", "ann")
    broker.is_away = False
    assert (await heard(ann))[0] == "gap"
    await say(hub, "acme", "news")
    assert (await heard(ann))[0] == "news"
    await hub.close()
