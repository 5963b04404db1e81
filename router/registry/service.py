"""A registry that serves: opened, told of by others, closed.  HTTP is the server's."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from router.events.broker import Broker
from router.registry.api.execute import Api
from router.registry.artifact import Artifact, write_artifact
from router.registry.channel import announce, announced
from router.registry.database.connect import open_database
from router.registry.keys import signers
from router.registry.model import VariantRef
from router.registry.notices import Notices
from router.registry.options import RegistryOptions
from router.registry.registry import Registry
from router.registry.signing import Signer
from router.registry.webhooks.sender import WebhookSender

MAX_KEPT: Final = 8
"""Artefacts, signed, that many routers ask for after a release."""


class RegistryService:
    """One process's registry.  Use it as an async context manager."""

    def __init__(self, options: RegistryOptions) -> None:
        self._options = options
        self._stack = contextlib.AsyncExitStack()
        self._artifacts: OrderedDict[tuple[VariantRef, int], bytes] = OrderedDict()
        self._signers: Sequence[Signer] = ()
        self._telling: set[asyncio.Task[None]] = set()
        self.registry: Registry
        self.api: Api
        self.notices: Notices

    async def __aenter__(self) -> Self:
        """Open the database.  Raises: RegistryDatabaseError."""
        self._signers = await asyncio.to_thread(signers, self._options)
        self.registry = Registry(
            await open_database(self._options.database_url), usage_days=self._options.usage_days
        )
        self._stack.push_async_callback(self.registry.close)
        self.notices = Notices(self.registry)
        self._stack.callback(self.notices.close)
        self.api = Api(self.registry)
        webhooks = WebhookSender(self.registry.database)
        webhooks.start()
        self._stack.push_async_callback(webhooks.stop)
        if self._options.redis_url is not None:
            await self._join(self._options.redis_url)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let nobody wait, and close the database."""
        await self._stack.aclose()

    async def artifact(self, ref: VariantRef, id_: int) -> bytes | None:
        """Give a release as routers get it; None where the variant has no such release."""
        kept = self._artifacts.get((ref, id_))
        if kept is not None:
            return kept
        release, text = await self.registry.release(id_), await self.registry.release_text(id_)
        if release is None or text is None or release.ref != ref:
            return None
        created_at = release.created_at.isoformat(timespec="seconds")
        artifact = Artifact(ref.graph, ref.variant, id_, created_at, text.supergraph_sdl)
        made = await asyncio.to_thread(write_artifact, artifact, self._signers)
        self._artifacts[ref, id_] = made
        while len(self._artifacts) > MAX_KEPT:
            self._artifacts.popitem(last=False)
        return made

    async def _join(self, redis_url: str) -> None:
        """Tell others of releases through Redis, and hear of theirs; without it, the database is asked."""
        from router.events.redis import RedisBroker  # noqa: PLC0415  # half a second, only where it is configured

        broker = RedisBroker(redis_url)
        self._stack.push_async_callback(broker.close)
        loop = asyncio.get_running_loop()

        def tell(ref: VariantRef, _release: int) -> None:
            task = loop.create_task(announce(broker, ref))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

        self.registry.on_release.append(tell)
        listening = loop.create_task(self._listen(broker))
        self._stack.callback(listening.cancel)

    async def _listen(self, broker: Broker) -> None:
        async for ref in announced(broker):
            await self.notices.look(ref)
