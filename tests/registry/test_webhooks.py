"""Webhooks: signed, told again until heard, never of what did not happen."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from router.registry.database.writes import Signed
from router.registry.errors import RegistryInvalidError, RegistryNotFoundError
from router.registry.model import Publication, VariantRef
from router.registry.registry import Registry
from router.registry.webhooks.sender import MAX_ATTEMPTS, WebhookSender, wait_s

REF = VariantRef("shop", "production")
NOW = datetime.now(UTC)
ANN = Signed("ann", NOW)
SDL = "type Query { a: Int }"


class Ear(ThreadingHTTPServer):
    """Hears what is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?x=1"


class Handler(BaseHTTPRequestHandler):
    server: Ear

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("location", self.server.url)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def ear() -> Iterator[Ear]:
    with Ear() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


async def publish(registry: Registry, sdl: str = SDL, ref: VariantRef = REF) -> None:
    await registry.publish(ref, [Publication("a", sdl, "http://a.example/")], "ann")


async def test_a_release_and_a_check_are_told_with_a_signature(registry: Registry, ear: Ear) -> None:
    await publish(registry)
    webhook = await registry.insight.add_webhook("shop", None, ear.url, ["release", "check"], ANN)
    await publish(registry, "type Query { a: Int b: Int }")
    assert await WebhookSender(registry.database, Clock()).send_due() == 2
    told: dict[str, Any] = {}
    for headers, body in ear.heard:
        timestamp, _, signature = headers["olympus-signature"].removeprefix("t=").partition(",v1=")
        expected = hmac.new(webhook.secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
        assert hmac.compare_digest(expected.hexdigest(), signature)
        told[headers["olympus-event"]] = json.loads(body)
    (release, *_) = await registry.releases(REF)
    assert told["release"] == {
        "event": "release",
        "graph": "shop",
        "variant": "production",
        "release": release.id,
        "kind": "publish",
        "of": None,
        "createdAt": release.created_at.isoformat(timespec="seconds"),
        "createdBy": "ann",
        "subgraphs": ["a"],
    }
    assert told["check"]["passed"] is True
    assert "FIELD_ADDED" in [finding["code"] for finding in told["check"]["findings"]]
    assert await WebhookSender(registry.database, Clock()).send_due() == 0


async def test_only_what_was_asked_for_is_told(registry: Registry, ear: Ear) -> None:
    await publish(registry)
    await registry.insight.add_webhook("shop", "staging", ear.url, ["release"], ANN)
    await publish(registry, "type Query { b: Int }")
    await publish(registry, SDL, VariantRef("other", "staging"))
    await publish(registry, SDL, VariantRef("shop", "staging"))
    await registry.check(VariantRef("shop", "staging"), [Publication("a", "type Query { c: Int }")])
    assert await WebhookSender(registry.database, Clock()).send_due() == 1


async def test_what_was_not_heard_is_told_later_and_the_log_says_so(registry: Registry, ear: Ear) -> None:
    await publish(registry)
    webhook = await registry.insight.add_webhook("shop", None, ear.url, ["release"], ANN)
    await publish(registry, "type Query { a: Int b: Int }")
    clock = Clock()
    sender = WebhookSender(registry.database, clock)
    ear.status = 503
    assert await sender.send_due() == 1
    assert await sender.send_due() == 0
    (delivery,) = await registry.insight.deliveries(webhook.id)
    assert (delivery.attempts, delivery.status, delivery.error) == (1, 503, "answered with status 503")
    assert delivery.next_at is not None and delivery.delivered_at is None
    ear.status = 204
    clock.now += timedelta(minutes=1)
    assert await sender.send_due() == 1
    (delivery,) = await registry.insight.deliveries(webhook.id)
    assert (delivery.attempts, delivery.status, delivery.next_at) == (2, 204, None)
    assert delivery.delivered_at is not None
    assert len({headers["olympus-delivery"] for headers, _ in ear.heard}) == 1


async def test_after_the_last_attempt_it_is_given_up(registry: Registry) -> None:
    await publish(registry)
    webhook = await registry.insight.add_webhook("shop", None, "http://127.0.0.1:9/", ["release"], ANN)
    await publish(registry, "type Query { a: Int b: Int }")
    clock = Clock()
    sender = WebhookSender(registry.database, clock)
    for _ in range(MAX_ATTEMPTS + 2):
        await sender.send_due()
        clock.now += timedelta(hours=2)
    (delivery,) = await registry.insight.deliveries(webhook.id)
    assert (delivery.attempts, delivery.next_at, delivery.delivered_at) == (MAX_ATTEMPTS, None, None)


async def test_redirects_are_not_followed(registry: Registry, ear: Ear) -> None:
    await publish(registry)
    webhook = await registry.insight.add_webhook("shop", None, ear.url, ["release"], ANN)
    await publish(registry, "type Query { a: Int b: Int }")
    ear.status = 307
    assert await WebhookSender(registry.database, Clock()).send_due() == 1
    assert len(ear.heard) == 1
    assert (await registry.insight.deliveries(webhook.id))[0].status == 307


async def test_a_deleted_webhook_hears_nothing(registry: Registry, ear: Ear) -> None:
    await publish(registry)
    webhook = await registry.insight.add_webhook("shop", None, ear.url, ["release"], ANN)
    await publish(registry, "type Query { a: Int b: Int }")
    with pytest.raises(RegistryNotFoundError):
        await registry.insight.delete_webhook("other", webhook.id, ANN)
    await registry.insight.delete_webhook("shop", webhook.id, ANN)
    assert await WebhookSender(registry.database, Clock()).send_due() == 0
    assert await registry.insight.webhooks("shop") == []


@pytest.mark.parametrize(
    ("url", "events"),
    [
        ("ftp://x/", ["release"]),
        ("http:///path", ["release"]),
        ("http://user:pw@x/", ["release"]),
        ("http://x y/", ["release"]),
        ("http://x:99999/", ["release"]),
        ("file:///etc/passwd", ["release"]),
        ("http://x/", []),
        ("http://x/", ["other"]),
    ],
)
async def test_a_webhook_that_cannot_be_is_refused(registry: Registry, url: str, events: list[str]) -> None:
    await publish(registry)
    with pytest.raises(RegistryInvalidError):
        await registry.insight.add_webhook("shop", None, url, events, ANN)


def test_waiting_grows_to_an_hour() -> None:
    assert [wait_s(attempts) for attempts in (1, 2, 3, 20)] == [5, 15, 45, 3600]
