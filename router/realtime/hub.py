"""Rooms of people: who is in them, and how what is said reaches them from whatever process it was said in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from router.events.broker import (
    Broker,
    BrokerUnavailableError,
    MessagesLostError,
    SubscriberTooSlowError,
    Subscription,
)
from router.realtime.member import Member
from router.realtime.messages import (
    JOIN,
    Broadcast,
    RealtimeMessageError,
    frame,
    read_broadcast,
    read_room_request,
    timestamp,
)
from router.realtime.options import RealtimeOptions
from router.telemetry.logs import get_log

RETRY_S: Final = 1.0
"""Between attempts to hear a tenant's channel again."""

_log = get_log("realtime")


@dataclass(slots=True)
class HubCounts:
    """What the hub has done since it began, and what it holds now."""

    members: int = 0
    rooms: int = 0
    joined: int = 0
    broadcasts: int = 0
    """Heard, from this process or another."""
    deliveries: int = 0
    """Frames queued for members: a broadcast counts once for each of them."""
    dropped_members: int = 0
    """That did not keep up."""
    bad_broadcasts: int = 0
    """That came over the broker and could not be read."""
    gaps: int = 0
    """Times a tenant's members were told that broadcasts may be missing."""


@dataclass(slots=True)
class _Tenant:
    """The members of one tenant in this process."""

    members: set[Member] = field(default_factory=set)
    rooms: dict[str, set[Member]] = field(default_factory=dict)
    is_heard: asyncio.Event = field(default_factory=asyncio.Event)
    listener: asyncio.Task[None] | None = None


def tenant_channel(tenant: str) -> str:
    """Give the broker's channel of a tenant; services may publish on it, too."""
    return f"realtime:{tenant}"


class Hub:
    """Of one process.  Cost of a broadcast: one serialisation, and one queue entry for each member reached."""

    def __init__(
        self,
        broker: Broker,
        options: RealtimeOptions,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        closes_broker: bool = True,
    ) -> None:
        self.options = options
        self.counts = HubCounts()
        self._broker = broker
        self._now = now
        self._closes_broker = closes_broker
        self._tenants: dict[str, _Tenant] = {}

    async def enter(self, tenant: str, user: str | None) -> Member:
        """Take a client in: from now on it hears what is said to the tenant.

        Waits until the tenant's channel is heard.  The caller must `leave` in the end, also when cancelled
        after this returned.
        """
        here = self._tenants.get(tenant)
        if here is None:
            here = self._tenants[tenant] = _Tenant()
            here.listener = asyncio.create_task(self._listen(tenant, here))
        member = Member(tenant, user, self.options.max_pending_frames)
        here.members.add(member)
        self.counts.members += 1
        self.counts.joined += 1
        try:
            await here.is_heard.wait()
        except asyncio.CancelledError:
            self.leave(member)
            raise
        return member

    def leave(self, member: Member) -> None:
        """Forget a client; twice is once."""
        here = self._tenants.get(member.tenant)
        if here is None or member not in here.members:
            return
        for room in tuple(member.rooms):
            self._leave_room(here, member, room)
        here.members.discard(member)
        self.counts.members -= 1
        if not here.members:
            del self._tenants[member.tenant]
            if here.listener is not None:
                here.listener.cancel()

    def receive(self, member: Member, text: str | bytes) -> None:
        """Do what a member's frame asks for; the answer is among its frames, a refusal too."""
        at = timestamp(self._now())
        try:
            request = read_room_request(text)
            if request.type == JOIN:
                self._join_room(member, request.room)
                member.offer(frame("room_joined", request.room, None, at))
            else:
                self._leave_room(self._tenants[member.tenant], member, request.room)
                member.offer(frame("room_left", request.room, None, at))
        except RealtimeMessageError as error:
            member.offer(frame("error", None, {"code": error.code, "message": str(error)}, at))

    def read(self, text: str | bytes) -> Broadcast:
        """Read what a service says now.  Raises: RealtimeMessageError."""
        return read_broadcast(text, self._now())

    async def publish(self, tenant: str, broadcast: Broadcast) -> None:
        """Say to a tenant's members, in every process.  Raises: BrokerUnavailableError."""
        await self._broker.publish(tenant_channel(tenant), broadcast.json())

    async def close(self) -> None:
        """Stop listening, and close a broker of its own.  Members' sockets are their endpoint's to close."""
        for here in self._tenants.values():
            if here.listener is not None:
                here.listener.cancel()
                with suppress(asyncio.CancelledError):
                    await here.listener
        self._tenants.clear()
        if self._closes_broker:
            await self._broker.close()

    def _join_room(self, member: Member, room: str) -> None:
        if room in member.rooms:
            return
        if len(member.rooms) >= self.options.max_rooms:
            raise RealtimeMessageError(f"A client can be in {self.options.max_rooms} rooms; leave one first.")
        rooms = self._tenants[member.tenant].rooms
        if room not in rooms:
            rooms[room] = set()
            self.counts.rooms += 1
        rooms[room].add(member)
        member.rooms.add(room)

    def _leave_room(self, here: _Tenant, member: Member, room: str) -> None:
        if room not in member.rooms:
            return
        member.rooms.discard(room)
        here.rooms[room].discard(member)
        if not here.rooms[room]:
            del here.rooms[room]
            self.counts.rooms -= 1

    async def _listen(self, tenant: str, here: _Tenant) -> None:
        """Hear a tenant's channel for as long as it has members; tell them where something may be missing."""
        has_failed = False
        while True:
            try:
                subscription = await self._broker.subscribe(tenant_channel(tenant))
            except BrokerUnavailableError as error:
                if not has_failed:
                    _log.warning("a tenant's channel is not heard, trying again", reason=str(error))
                has_failed = True
                here.is_heard.set()  # members wait with us; what they miss they will be told
                await asyncio.sleep(RETRY_S)
                continue
            try:
                if has_failed:
                    self._tell_of_gap(here)
                here.is_heard.set()
                await self._hear(here, subscription)
            finally:
                subscription.close()
            has_failed = True

    async def _hear(self, here: _Tenant, subscription: Subscription) -> None:
        while True:
            try:
                async for message in subscription:
                    self._deliver(here, message)
            except MessagesLostError:
                self._tell_of_gap(here)
                continue
            except SubscriberTooSlowError:
                _log.warning("this process does not keep up with a tenant's broadcasts")
            return

    def _deliver(self, here: _Tenant, message: bytes) -> None:
        try:
            broadcast = read_broadcast(message, self._now())
        except RealtimeMessageError as error:
            self.counts.bad_broadcasts += 1
            _log.warning("a broadcast cannot be read and is skipped", reason=str(error))
            return
        self.counts.broadcasts += 1
        members = here.members if broadcast.room is None else here.rooms.get(broadcast.room, ())
        if members:
            self._offer(members, broadcast.json())

    def _tell_of_gap(self, here: _Tenant) -> None:
        self.counts.gaps += 1
        self._offer(here.members, frame("gap", None, None, timestamp(self._now())))

    def _offer(self, members: set[Member] | tuple[()], text: bytes) -> None:
        for member in members:
            if member.dropped.done():
                continue
            if member.offer(text):
                self.counts.deliveries += 1
            else:
                self.counts.dropped_members += 1


def open_hub(options: RealtimeOptions, of_process: Broker) -> Hub:
    """Make a hub with the broker that the options name, or with the process's.  Needs a running event loop."""
    if options.redis_url is None:
        return Hub(of_process, options, closes_broker=False)
    from router.events.redis import RedisBroker  # noqa: PLC0415  # 100 ms that only those with Redis pay

    return Hub(RedisBroker(options.redis_url), options)
