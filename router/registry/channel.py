"""Notices of releases through a broker: who hears one looks for itself, so a notice need not be believed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from router.events.broker import Broker, BrokerUnavailableError, MessagesLostError, SubscriberTooSlowError
from router.registry.errors import RegistryInvalidError
from router.registry.model import VariantRef
from router.telemetry.logs import get_log

_log = get_log("registry")

CHANNEL: Final = "olympus:registry:releases"
RETRY_S: Final = 1.0


async def announce(broker: Broker, ref: VariantRef) -> None:
    """Tell that a variant has a new release; who does not hear it asks a little later."""
    try:
        await broker.publish(CHANNEL, str(ref).encode())
    except BrokerUnavailableError:
        _log.warning("a release could not be announced by the broker", variant=str(ref))


async def announced(broker: Broker) -> AsyncIterator[VariantRef | None]:
    """Yield variants that have a new release; None where some may have been missed.  Runs until cancelled."""
    while True:
        try:
            subscription = await broker.subscribe(CHANNEL)
        except BrokerUnavailableError:
            await asyncio.sleep(RETRY_S)
            continue
        yield None
        while True:
            try:
                async for message in subscription:
                    ref = _read(message)
                    if ref is not None:
                        yield ref
            except MessagesLostError:
                yield None
                continue
            except SubscriberTooSlowError:
                pass
            break
        await asyncio.sleep(RETRY_S)


def _read(message: bytes) -> VariantRef | None:
    graph, _, variant = message.decode(errors="replace").partition("@")
    try:
        return VariantRef(graph, variant)
    except RegistryInvalidError:
        return None
