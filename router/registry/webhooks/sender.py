"""Tells webhooks, signed, again and again until they have heard it.

POST URL
olympus-event: release
olympus-delivery: 42                     the same for each attempt
olympus-signature: t=1700000000,v1=…     HMAC-SHA-256 in hex, keyed with the secret, of "1700000000.BODY"
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import random
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Final

from router.errors import RouterError
from router.registry.database.connect import Database
from router.registry.remote import open_url
from router.registry.webhooks.store import Delivery, Webhook, claim, end_attempt, is_due, read_webhook
from router.telemetry.logs import get_log

_log = get_log("registry")

MAX_ATTEMPTS: Final = 10
FIRST_WAIT_S: Final = 5.0
MAX_WAIT_S: Final = 3600.0
TIMEOUT_S: Final = 10.0
POLL_S: Final = 2.0
"""How often is looked for what other processes left to be told."""
JITTER: Final = 0.2
AT_ONCE: Final = 8
"""Attempts under way: one that does not answer does not hold up all others."""


def sign(secret: str, timestamp: int, body: str) -> str:
    """Give the value of ``olympus-signature``."""
    mac = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


def wait_s(attempts: int) -> float:
    """Give how long to wait after so many attempts: 5 s, 15 s, 45 s, … an hour."""
    return float(min(FIRST_WAIT_S * 3.0 ** (attempts - 1), MAX_WAIT_S))


class WebhookSender:
    """Sends what is due.  Several processes may: each attempt is one process's."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now
        self._sending: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._sending = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; an attempt under way is made again later."""
        if self._sending is not None:
            self._sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sending

    async def send_due(self) -> int:
        """Attempt everything that is due; gives how many attempts were made."""
        attempts = 0
        while True:
            claimed: list[tuple[Delivery, Webhook]] = []
            while len(claimed) < AT_ONCE and (found := await self._claim()) is not None:
                claimed.append(found)
            if not claimed:
                return attempts
            attempts += len(claimed)
            await asyncio.gather(*(self._attempt(*one) for one in claimed))

    async def _run(self) -> None:
        while True:
            try:
                await self.send_due()
            except RouterError as error:  # the database is away
                _log.warning("webhooks wait", reason=str(error))
            await asyncio.sleep(POLL_S)

    async def _claim(self) -> tuple[Delivery, Webhook] | None:
        async with self._database.reading() as connection:
            if not await is_due(connection, self._now()):
                return None
        async with self._database.writing() as connection:
            delivery = await claim(connection, self._now())
            webhook = None if delivery is None else await read_webhook(connection, delivery.webhook_id)
        return None if delivery is None or webhook is None else (delivery, webhook)

    async def _attempt(self, delivery: Delivery, webhook: Webhook) -> None:
        result = await asyncio.to_thread(_post, delivery, webhook, int(self._now().timestamp()))
        attempts = delivery.attempts + 1
        next_at = None
        if result[1] is not None:
            _log.warning(
                "a webhook was not delivered", webhook=webhook.id, attempt=attempts, reason=result[1]
            )
            if attempts < MAX_ATTEMPTS:
                spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret
                next_at = self._now() + timedelta(seconds=wait_s(attempts) * spread)
        async with self._database.writing() as connection:
            await end_attempt(connection, delivery, self._now(), result, next_at)


def _post(delivery: Delivery, webhook: Webhook, timestamp: int) -> tuple[int | None, str | None]:
    """Send once; gives the status, and what went wrong.  Nothing of the answer's body is kept.  Blocks."""
    headers = {
        "content-type": "application/json",
        "user-agent": "olympus-registry",
        "olympus-event": delivery.event,
        "olympus-delivery": str(delivery.id),
        "olympus-signature": sign(webhook.secret, timestamp, delivery.body),
    }
    body = delivery.body.encode()
    request = urllib.request.Request(webhook.url, body, headers, method="POST")  # noqa: S310  # checked when it was added
    try:
        with open_url(request, TIMEOUT_S) as response:
            return response.status, None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, f"answered with status {error.code}"
    except urllib.error.URLError as error:
        return None, f"cannot be asked: {error.reason}"
    except (OSError, HTTPException, ValueError) as error:
        return None, f"did not answer: {error or type(error).__name__}"
