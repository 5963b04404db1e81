"""The users: each has a connection, thinks, asks, reads the answer; some follow the orders instead."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from tests.load.http_client import Connection, Subscription
from tests.load.mix import Asked

FOLLOWED = 'subscription { orderUpdates(tenantId: "acme") { kind order { number customer { name } } } }'
PATIENCE_S = 30.0


class Seen:
    """What all users have seen."""

    def __init__(self) -> None:
        self.latencies_s: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        """By kind of operation: when it was asked (s after the begin) and how long the answer took."""
        self.by_name: defaultdict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.placed = 0
        """Orders whose placing was acknowledged."""
        self.delivered = 0
        self.ended_subscriptions: Counter[str] = Counter()
        self.lags_s: list[float] = []
        """By how much the generator itself was late: its timers, each half second."""

    @property
    def answered(self) -> int:
        return sum(len(seen) for seen in self.latencies_s.values())


class Users:
    """The crowd.  ``begun_s`` and ``ends_s`` are of the monotonic clock."""

    def __init__(self, port: int, mix: Sequence[Asked], think_s: float, seed: int) -> None:
        self._port = port
        self._mix = mix
        self._shares = [asked.share for asked in mix]
        self._think_s = think_s
        self._seed = seed
        self._followers: list[Subscription] = []
        self.seen = Seen()
        self.is_recording = False
        self.begun_s = 0.0
        self.ends_s = 0.0

    async def user(self, number: int) -> None:
        """Think, ask, until the end."""
        chance = random.Random(self._seed * 100_003 + number)
        connection = await Connection.open("127.0.0.1", self._port)
        await asyncio.sleep(chance.random() * self._think_s)
        while time.monotonic() < self.ends_s:
            asked = chance.choices(self._mix, self._shares)[0]
            text = asked.request(chance)
            try:
                if not connection.is_open:
                    connection = await Connection.open("127.0.0.1", self._port)
                await self._ask(connection, asked, text)
            except OSError as error:  # CutError and TimeoutError are among them
                self._note_error(f"{asked.name}: {type(error).__name__} {error}")
            await asyncio.sleep(chance.expovariate(1 / self._think_s))
        connection.close()

    async def _ask(self, connection: Connection, asked: Asked, text: bytes) -> None:
        began_s = time.monotonic()
        status, body = await connection.ask(text, PATIENCE_S)
        took_s = time.monotonic() - began_s
        if not self.is_recording:
            return
        if status != 200 or not body.startswith(b'{"data":{') or b'"errors":[' in body:
            self._note_error(f"{asked.name}: HTTP {status} {body[-300:].decode('utf-8', 'replace')}")
            return
        self.seen.latencies_s[asked.kind].append((began_s - self.begun_s, took_s))
        self.seen.by_name[asked.name].append(took_s)
        self.seen.placed += asked.name == "place_order"

    def _note_error(self, text: str) -> None:
        if self.is_recording:
            self.seen.errors[text] += 1

    async def follow(self, count: int) -> None:
        """Have so many followers of the tenant's orders."""
        for _ in range(count):
            follower = Subscription(FOLLOWED, self._take)
            await asyncio.get_running_loop().create_connection(
                lambda one=follower: one, "127.0.0.1", self._port
            )
            self._followers.append(follower)

    def leave(self) -> None:
        """Close the followers' sockets."""
        followers, self._followers = self._followers, []
        for follower in followers:
            follower.close()

    def _take(self, message: Any) -> None:
        if message["type"] == "next":
            if "errors" in message["payload"]:
                self._note_error(f"subscription: {str(message['payload']['errors'])[:200]}")
            self.seen.delivered += self.is_recording
        elif message["type"] != "connection_ack" and self._followers:
            self.seen.ended_subscriptions[str(message)[:200]] += 1

    async def watch_itself(self) -> None:
        """Note how late the generator's own timers are."""
        while time.monotonic() < self.ends_s:
            due_s = time.monotonic() + 0.5
            await asyncio.sleep(0.5)
            self.seen.lags_s.append(time.monotonic() - due_s)
