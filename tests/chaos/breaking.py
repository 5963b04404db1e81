"""Carries out a schedule: breaks parts of the world and mends them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter, defaultdict
from contextlib import suppress

import redis as redis_client

from tests.chaos.ledger import Ledger
from tests.chaos.proxy import HTTP_FAULTS
from tests.chaos.schedule import Fault
from tests.chaos.world import World


class Breaking:
    """One fault at a time on each part; faults of several parts may fall together."""

    def __init__(self, world: World, ledger: Ledger, seed: int) -> None:
        self._world = world
        self._ledger = ledger
        self._chance = random.Random(seed)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.done: Counter[str] = Counter()

    async def carry_out(self, faults: list[Fault]) -> None:
        """Have all faults at their times."""
        began_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                await asyncio.sleep(max(0.0, began_s + fault.at_s - time.monotonic()))
                group.create_task(self._have(fault))

    async def _have(self, fault: Fault) -> None:
        async with self._turns[fault.whom]:
            self.done[str(fault)] += 1
            if fault.whom == "worker":
                await self._worker(fault)
            elif fault.whom == "redis":
                await self._redis(fault)
            elif fault.what in HTTP_FAULTS:
                proxy = self._world.proxies[fault.whom]
                proxy.set(fault.what)
                await asyncio.sleep(fault.lasts_s)
                proxy.set(None)
            else:
                await self._part(fault)

    async def _part(self, fault: Fault) -> None:
        part = self._world.parts[fault.whom]
        if fault.what == "kill":
            part.kill()
            await asyncio.sleep(fault.lasts_s)
            part.start()
        else:
            part.signal(signal.SIGSTOP)
            await asyncio.sleep(fault.lasts_s)
            part.signal(signal.SIGCONT)

    async def _worker(self, fault: Fault) -> None:
        workers = self._world.workers()
        if not workers:
            self._ledger.violate("the router has no workers")
            return
        pid = self._chance.choice(workers)
        with suppress(ProcessLookupError):
            if fault.what == "kill":
                self._ledger.killed_s.append(time.monotonic())
                os.kill(pid, signal.SIGKILL)
                await asyncio.sleep(fault.lasts_s)
                return
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(fault.lasts_s)
            os.kill(pid, signal.SIGCONT)

    async def _redis(self, fault: Fault) -> None:
        redis = self._world.redis
        if fault.what == "kill":
            redis.stop()
            await asyncio.sleep(fault.lasts_s)
            await asyncio.to_thread(redis.start)
        elif fault.what == "stall":
            redis.signal(signal.SIGSTOP)
            await asyncio.sleep(fault.lasts_s)
            redis.signal(signal.SIGCONT)
        elif fault.what == "garble":
            self._world.redis_proxy.garbles = True
            await asyncio.sleep(fault.lasts_s)
            self._world.redis_proxy.garbles = False
        else:
            await asyncio.to_thread(self._corrupt, fault.lasts_s)

    def _corrupt(self, seconds: float) -> None:
        """Write other texts over documents, and text over counters; in the end, take it all away."""
        end = time.monotonic() + seconds
        with redis_client.Redis(port=self._world.redis.port) as client:
            while time.monotonic() < end:
                for key in client.scan_iter("olympus:*"):
                    client.set(key, b"{ me { name } }" if b":apq:" in key else b"no counter")
                time.sleep(0.2)
            for key in client.scan_iter("olympus:rate*"):
                client.delete(key)
