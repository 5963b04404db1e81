"""Many deadlines on one timer."""

from __future__ import annotations

import asyncio

from router.transport.deadlines import Deadlines
from tests.transport.raw_server import eventually


class Member:
    """Notes when its time was up."""

    def __init__(self) -> None:
        self.expired_at: float | None = None

    def expire(self) -> None:
        self.expired_at = asyncio.get_running_loop().time()


async def test_deadlines_strike_in_time_never_early_in_any_order_of_adding() -> None:
    loop = asyncio.get_running_loop()
    deadlines = Deadlines(loop)
    start = loop.time()
    members = {timeout_s: Member() for timeout_s in (0.05, 0.001, 0.03, 0.03, 0.002)}
    for timeout_s, member in members.items():
        deadlines.add(member, timeout_s)
    await eventually(lambda: all(member.expired_at is not None for member in members.values()))
    for timeout_s, member in members.items():
        assert member.expired_at is not None
        assert timeout_s <= member.expired_at - start


async def test_a_member_that_left_its_slot_is_not_struck() -> None:
    deadlines = Deadlines(asyncio.get_running_loop())
    left, stayed = Member(), Member()
    deadlines.add(left, 0.01).discard(left)
    deadlines.add(stayed, 0.01)
    await eventually(lambda: stayed.expired_at is not None)
    assert left.expired_at is None


async def test_after_close_nothing_strikes() -> None:
    deadlines = Deadlines(asyncio.get_running_loop())
    member = Member()
    deadlines.add(member, 0.01)
    deadlines.close()
    await asyncio.sleep(0.03)
    assert member.expired_at is None
