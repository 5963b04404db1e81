"""The load of `make chaos`: readers who know what is right, buyers, followers, and an owner who publishes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from dataclasses import dataclass
from typing import Any, Final

from router.cli.failure import CommandError
from tests.chaos.ledger import Ledger, number_of
from tests.chaos.truth import dishonesty, is_right
from tests.chaos.world import World
from tests.load.http_client import Connection, Subscription, request

PATIENCE_S: Final = 40.0
READERS, BUYERS, FOLLOWERS = 24, 4, 10
PUBLISHES_S: Final = 12.0
BUYER: Final = "acme-c-0031"
PLACE: Final = """mutation ($note: String!) { createOrder(input: {customerId: "acme-c-0031", note: $note, items: [
  {productId: "acme-p-0007", sku: "ACME-0007", quantity: 2, unitPrice: {amount: 1990, currency: EUR}}]}) {
  id number note customer { name } items { quantity product { name } } } }"""
FOLLOW: Final = (
    'subscription { orderUpdates(tenantId: "acme") { kind order { number note customer { name } } } }'
)
READ: Final = (
    'query P{n} {{ product(sku: "ACME-{n:04d}") {{ id name description price {{ formatted }} salesRank }} }}',
    'query C{n} {{ customer(id: "acme-c-{n:04d}") {{ name tier email lifetimeValue {{ formatted }} }} }}',
    'query O{n} {{ order(id: "acme-o-{n:05d}") {{ number status total {{ formatted }} customer {{ name }} items {{'
    " quantity product {{ name price {{ formatted }} shippingEstimate {{ formatted }} salesRank }} }} }} }}",
    "query L{n} {{ products(first: {n}) {{ edges {{ node {{ id name salesRank }} }} }} me {{ name }} }}",
    'query R{n} {{ product(sku: "ACME-{n:04d}") {{ related(first: 2) {{ name salesRank }} }} }}',
)
"""None of it is changed by what the buyers do."""


@dataclass(frozen=True)
class Question:
    """A query and its right data."""

    text: str
    truth: Any


async def questions(port: int) -> list[Question]:
    """Ask everything once while all is well."""
    connection = await Connection.open("127.0.0.1", port)
    found = []
    for text in [read.format(n=n) for n in range(1, 7) for read in READ]:
        _, body = await connection.ask(request(json.dumps({"query": text}).encode()))
        answer = json.loads(body)
        assert "errors" not in answer, answer
        found.append(Question(text, answer["data"]))
    connection.close()
    return found


class Callers:
    """Everybody who calls, until ``stop`` is set."""

    def __init__(self, world: World, ledger: Ledger, asked: list[Question], seed: int) -> None:
        self.world = world
        self.ledger = ledger
        self.asked = asked
        self.seed = seed
        self.stop = asyncio.Event()
        self._number = 0

    async def run(self) -> None:
        """Call until the end."""
        async with asyncio.TaskGroup() as group:
            for number in range(READERS):
                group.create_task(self._read(random.Random(self.seed + number)))
            for number in range(BUYERS):
                group.create_task(self._buy(random.Random(self.seed - number)))
            for _ in range(FOLLOWERS):
                group.create_task(self._follow())
            group.create_task(self._publish())

    async def ask_everything(self) -> None:
        """Ask each question once, by text."""
        connection: Connection | None = None
        for question in self.asked:
            connection = await self._judge(connection, question, is_hashed=False)
        if connection is not None:
            connection.close()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.stop.wait()
        except TimeoutError:
            pass

    async def _read(self, chance: random.Random) -> None:
        connection: Connection | None = None
        while not self.stop.is_set():
            question = chance.choice(self.asked)
            connection = await self._judge(connection, question, is_hashed=chance.random() < 0.5)
            await self._pause(chance.expovariate(5))
        if connection is not None:
            connection.close()

    async def _judge(
        self, connection: Connection | None, question: Question, *, is_hashed: bool
    ) -> Connection | None:
        asked_s, was_calm = time.monotonic(), self.ledger.is_calm
        try:
            if connection is None or not connection.is_open:
                connection = await Connection.open("127.0.0.1", self.world.router_port)
            status, body = await _ask(connection, question.text, is_hashed=is_hashed)
        except OSError as error:
            self.ledger.cut(question.text, error, asked_s)
            return None
        answer = self._parsed(body)
        if answer is None:
            return connection
        if is_right(answer, question.truth) and status == 200:
            self.ledger.answers["right"] += 1
            return connection
        self._note_codes(answer)
        self.ledger.answers["partial" if answer.get("data") else "refused"] += 1
        wrong = dishonesty(answer, question.truth)
        if wrong:
            self.ledger.violate(f"{question.text}: {wrong}; HTTP {status} {body[:300]!r}")
        elif was_calm and self.ledger.is_calm:
            self.ledger.violate(f"{question.text}: while all was well, HTTP {status} {body[:300]!r}")
        return connection

    def _parsed(self, body: bytes) -> dict[str, Any] | None:
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            self.ledger.violate(f"no JSON object: {body[:200]!r}")
            return None
        return answer

    def _note_codes(self, answer: dict[str, Any]) -> None:
        codes = {str(error.get("extensions", {}).get("code")) for error in answer.get("errors") or ()}
        self.ledger.codes.update(codes)
        for code in codes & {"INTERNAL_SERVER_ERROR", "RATE_LIMITED", "RATE_LIMIT_EXCEEDED"}:
            self.ledger.violate(f"{code}: {str(answer)[:300]}")

    async def _buy(self, chance: random.Random) -> None:
        connection: Connection | None = None
        while not self.stop.is_set():
            self._number += 1
            note = f"chaos-{self.seed}-{self._number}"
            self.ledger.tried.add(note)
            asked_s = time.monotonic()
            try:
                if connection is None or not connection.is_open:
                    connection = await Connection.open("127.0.0.1", self.world.router_port)
                body = {"query": PLACE, "variables": {"note": note}}
                _, text = await connection.ask(request(json.dumps(body).encode()), PATIENCE_S)
            except OSError as error:
                self.ledger.cut(f"order {note}", error, asked_s)
                connection = None
            else:
                self._take_order(note, text)
            await self._pause(chance.expovariate(2))
        if connection is not None:
            connection.close()

    def _take_order(self, note: str, text: bytes) -> None:
        answer = self._parsed(text)
        if answer is None:
            return
        order = (answer.get("data") or {}).get("createOrder")
        if order is None:
            self._note_codes(answer)
            self.ledger.answers["refused"] += 1
            if not answer.get("errors"):
                self.ledger.violate(f"order {note}: neither order nor error: {text[:300]!r}")
            return
        self.ledger.placed[note] = order["number"]
        truth = {
            "id": order["id"],
            "number": order["number"],
            "note": note,
            "customer": {"name": self.customer},
            "items": [{"quantity": 2, "product": {"name": self.product}}],
        }
        is_whole = is_right(answer, {"createOrder": truth})
        self.ledger.answers["right" if is_whole else "partial"] += 1
        if wrong := dishonesty(answer, {"createOrder": truth}):
            self.ledger.violate(f"order {note}: {wrong}")

    customer = ""
    product = ""

    async def learn(self) -> None:
        """Know whom and what the buyers buy for."""
        text = f'{{ customer(id: "{BUYER}") {{ name }} product(sku: "ACME-0007") {{ name }} }}'
        connection = await Connection.open("127.0.0.1", self.world.router_port)
        _, body = await connection.ask(request(json.dumps({"query": text}).encode()))
        connection.close()
        data = json.loads(body)["data"]
        self.customer, self.product = data["customer"]["name"], data["product"]["name"]

    async def _follow(self) -> None:
        while not self.stop.is_set():
            follower = _Follower(self.ledger, self.customer)
            try:
                await asyncio.get_running_loop().create_connection(
                    lambda one=follower: one.socket, "127.0.0.1", self.world.router_port
                )
            except OSError:
                await self._pause(0.5)
                continue
            waiting = [asyncio.create_task(follower.ended.wait()), asyncio.create_task(self.stop.wait())]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in waiting:
                one.cancel()
            follower.socket.close()
            await self._pause(0.3)

    async def _publish(self) -> None:
        number = 0
        while not self.stop.is_set():
            await self._pause(PUBLISHES_S)
            number += 1
            try:
                id_ = await asyncio.to_thread(self.world.publish, ("products",), f"{self.seed}-{number}")
            except (CommandError, OSError):
                self.ledger.answers["publish refused"] += 1
            else:
                self.ledger.released.append(id_)


class _Follower:
    """One subscription: what it hears is written down in stretches."""

    def __init__(self, ledger: Ledger, customer: str) -> None:
        self._ledger = ledger
        self._customer = customer
        self._stretch: list[int] = []
        ledger.stretches.append(self._stretch)
        self.ended = asyncio.Event()
        self.socket = Subscription(FOLLOW, self._take)

    def _take(self, message: Any) -> None:
        if message["type"] == "connection_ack":
            return
        if message["type"] != "next":
            self.ended.set()
            return
        answer = message["payload"]
        told = (answer.get("extensions") or {}).get("subscription") or {}
        if told.get("gap"):
            self._ledger.gaps += 1
            self._stretch = []
            self._ledger.stretches.append(self._stretch)
        update = (answer.get("data") or {}).get("orderUpdates")
        if update is None or update["order"] is None:
            if not answer.get("errors"):
                self._ledger.violate(f"event without data or error: {str(answer)[:300]}")
            # An event whose number an error took: which one it was nobody knows.
            self._stretch = []
            self._ledger.stretches.append(self._stretch)
            return
        order = update["order"]
        truth = {"orderUpdates": {**update, "order": {**order, "customer": {"name": self._customer}}}}
        if wrong := dishonesty(answer, truth):
            self._ledger.violate(f"event: {wrong}")
        self._stretch.append(number_of(order["number"]))


async def _ask(connection: Connection, text: str, *, is_hashed: bool) -> tuple[int, bytes]:
    """Ask by text, or by hash first, as clients with automatic persisted queries do."""
    if not is_hashed:
        return await connection.ask(request(json.dumps({"query": text}).encode()), PATIENCE_S)
    hashed = {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}
    body: dict[str, Any] = {"extensions": {"persistedQuery": hashed}}
    status, answer = await connection.ask(request(json.dumps(body).encode()), PATIENCE_S)
    if b"PERSISTED_QUERY_NOT_FOUND" in answer:
        body["query"] = text
        status, answer = await connection.ask(request(json.dumps(body).encode()), PATIENCE_S)
    return status, answer
