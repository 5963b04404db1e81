"""Rate limits' buckets in Redis.  Apart from the others, since only some routers need redis-py."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import InvalidResponse, NoScriptError, RedisError

from router.guards.buckets import Bucket, BucketsUnavailableError, Level
from router.telemetry.logs import get_log

_log = get_log("guards")

REDIS_TIMEOUT_S: Final = 0.09
"""So that the whole decision is there within 100 ms."""
REDIS_REST_S: Final = 0.5
"""After a failure Redis is left alone for so long: nobody waits for it meanwhile."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to Redis, and who waits for it."""

    keys: list[str]
    arguments: list[int]
    answer: asyncio.Future[list[int]]


class RedisBuckets:
    """In Redis, by one script and the server's clock.

    What is asked while an answer is on its way goes together in the next round trip, over the same connection: however
    many ask at once, nobody waits for more than two.
    """

    def __init__(self, url: str, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT_S,
            socket_connect_timeout=REDIS_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._text = files("router.guards").joinpath("rate_limit.lua").read_text("utf-8")
        self._sha = hashlib.sha1(self._text.encode()).hexdigest()  # noqa: S324  # how Redis names scripts
        # One hash tag: a cluster runs a script only on keys of one slot.
        self._prefix = "{" + prefix + "}:"
        self._clock = clock
        self._rests_until_s = 0.0
        self._asked: list[_Asked] = []
        self._asking: asyncio.Task[None] | None = None

    async def take(self, buckets: Sequence[Bucket], weight: int) -> tuple[bool, list[Level]]:
        """Tell whether a request passes, and charge it if so.  Raises: BucketsUnavailableError within 100 ms."""
        if self._clock() < self._rests_until_s:
            raise BucketsUnavailableError
        keys = [self._prefix + bucket.key for bucket in buckets]
        arguments = [weight, *(n for bucket in buckets for n in (bucket.step_us, bucket.burst_us))]
        asked = _Asked(keys, arguments, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._ask())
        numbers = await asked.answer
        return numbers[0] == 1, [Level(*numbers[i : i + 3]) for i in range(1, len(numbers), 3)]

    async def close(self) -> None:
        """Close the connections."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        self._fail(self._asked)
        await self._redis.aclose()

    async def _ask(self) -> None:
        """Ask what is waiting until nothing is."""
        together: list[_Asked] = []
        try:
            while self._asked:
                together, self._asked = self._asked, []
                try:
                    async with asyncio.timeout(REDIS_TIMEOUT_S):
                        await self._ask_together(together)
                except (RedisError, OSError, TimeoutError) as error:
                    self._rests_until_s = self._clock() + REDIS_REST_S
                    _log.warning("rate limits cannot be asked", error=type(error).__name__)
                    together, self._asked = together + self._asked, []
                    self._fail(together)
                    await self._disconnect()
                finally:
                    self._fail(together)
        finally:
            self._asking = None

    async def _disconnect(self) -> None:
        """Leave connections on which answers are still to come: they would be taken for the next ones.

        Waits until what was written is out or given up, which a server that reads nothing can draw out; nobody who
        asks waits with it, as nothing is asked of Redis meanwhile.
        """
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await self._redis.connection_pool.disconnect()

    async def _ask_together(self, together: Sequence[_Asked]) -> None:
        answers = await self._run(together)
        unknown = [
            asked
            for asked, answer in zip(together, answers, strict=True)
            if isinstance(answer, NoScriptError)
        ]
        if unknown:  # the first time, and after a restart or SCRIPT FLUSH
            await self._redis.script_load(self._text)
            again = dict(zip(map(id, unknown), await self._run(unknown), strict=True))
            answers = [again.get(id(asked), answer) for asked, answer in zip(together, answers, strict=True)]
        for asked, answer in zip(together, answers, strict=True):
            numbers = _numbers(asked, answer)
            if not asked.answer.done():
                asked.answer.set_result(numbers)

    async def _run(self, together: Sequence[_Asked]) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for asked in together:
            pipeline.evalsha(self._sha, len(asked.keys), *asked.keys, *map(str, asked.arguments))
        return list(await pipeline.execute(raise_on_error=False))

    @staticmethod
    def _fail(together: Sequence[_Asked]) -> None:
        """Tell those who still wait that there is no answer."""
        for asked in together:
            if not asked.answer.done():
                asked.answer.set_exception(BucketsUnavailableError())


def _numbers(asked: _Asked, answer: Any) -> list[int]:
    """Read the script's answer: whether it passes, and three numbers a bucket.  Raises: RedisError for all else."""
    if isinstance(answer, Exception):
        raise answer
    is_right = type(answer) is list and len(answer) == 1 + 3 * len(asked.keys)
    if not is_right or any(type(number) is not int for number in answer):
        raise InvalidResponse("not what the script answers")
    return list(answer)
