"""What each guard costs a request: processor time of the whole router but its sockets, in microseconds.

    python -m tests.benchmarks.bench_access [--requests 50] [--rounds 100] [--write-readme]

One operation of two fetches over subgraphs that answer at once, through the ASGI app; each guard alone, in turns, so
that what the machine does meanwhile hits all of them.  The best of the rounds counts.  Redis runs in a process of its
own, which is not counted; requests come one after another, so each pays a round trip of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.guards.jwks import KeySource, secret_key
from router.guards.jwt import JwtOptions, sign_token
from router.guards.jwt_keys import keys_of_set
from router.guards.rate_limit import RateLimit, RateLimitOptions
from router.server.app import create_living_app
from router.server.options import ServerOptions
from router.server.traffic import Traffic
from router.telemetry.logs import configure_logs
from tests.benchmarks.bench_telemetry import SCOPE, Instant, run
from tests.benchmarks.report import figure, machine, markdown_table, require_block, write_block
from tests.engine.sample import PRODUCTS, REVIEWS, supergraph
from tests.guards.tokens import SECRET, jwk, private_key
from tests.redis_server import redis_url

OPEN = supergraph()
GUARDED = supergraph(
    PRODUCTS,
    REVIEWS.replace('"@key"', '"@key", "@authenticated"').replace("stars: Int", "stars: Int @authenticated"),
)
LIMIT = (RateLimit("second", 1_000_000, 1.0, 1_000_000),)
LIMITS = (*LIMIT, RateLimit("day", 1_000_000_000, 86_400.0, 1_000_000_000))
BY_SECRET = JwtOptions((secret_key(SECRET),))
BY_KEY = JwtOptions((KeySource(keys_of_set({"keys": [jwk("RS256")]}, (), allows_secrets=False)),))


@dataclass(frozen=True)
class Guard:
    """One way to guard, and what it is compared with."""

    options: EngineOptions
    tokens: Callable[[], str] | None = None
    """Gives each request's; None: no token."""
    sdl: str = OPEN
    over: str = "nothing"


def once(make: Callable[[int], str]) -> Callable[[], str]:
    """The same token each time."""
    text = make(0)
    return lambda: text


def each(make: Callable[[int], str]) -> Callable[[], str]:
    """A token that was never seen."""
    numbers: Iterator[int] = count()
    return lambda: make(next(numbers))


def by_secret(number: int) -> str:
    return sign_token({"sub": f"user {number}", "exp": int(time.time()) + 3600}, SECRET)


def by_key(number: int) -> str:
    import jwt

    return jwt.encode(
        {"sub": f"user {number}", "exp": int(time.time()) + 3600}, private_key("RS256"), "RS256"
    )


def guards(redis: str | None) -> dict[str, Guard]:
    def limits(limits: tuple[RateLimit, ...], url: str | None = None) -> EngineOptions:
        return EngineOptions(rate_limits=RateLimitOptions(limits, url), owns_process=True)

    anyone = EngineOptions(owns_process=True)
    known = "a token seen within the last minute"
    found = {
        "nothing": Guard(anyone),
        known: Guard(EngineOptions(jwt=BY_SECRET, owns_process=True), once(by_secret)),
        "a token never seen, HS256": Guard(EngineOptions(jwt=BY_SECRET, owns_process=True), each(by_secret)),
        "a token never seen, RS256 (2,048 bits)": Guard(
            EngineOptions(jwt=BY_KEY, owns_process=True), each(by_key)
        ),
        "a rate limit, in process": Guard(limits(LIMIT)),
        "two rate limits, in process": Guard(limits(LIMITS)),
        "@authenticated, met": Guard(
            EngineOptions(jwt=BY_SECRET, owns_process=True), once(by_secret), GUARDED, known
        ),
        "@authenticated, not met: the field is null": Guard(anyone, None, GUARDED),
    }
    if redis is not None:
        found["a rate limit, in Redis"] = Guard(limits(LIMIT, redis))
        found["two rate limits, in Redis"] = Guard(limits(LIMITS, redis))
    return found


async def measure(redis: str | None, requests: int, rounds: int) -> dict[str, float]:
    """Give the microseconds of each guard, all in all.  Making the tokens is not counted."""
    best: dict[str, float] = {}
    ways = guards(redis)
    async with AsyncExitStack() as stack:
        apps = {}
        for name, guard in ways.items():
            source = SupergraphSource(lambda sdl=guard.sdl: sdl, lambda: ())  # type: ignore[misc]
            living = create_living_app(Engine(source, guard.options, Instant()), ServerOptions(), Traffic())
            await stack.enter_async_context(living.life)
            apps[name] = living.app
            await run_with(living.app, tokens(guard, 100))
        for _ in range(rounds):
            for name, app in apps.items():
                sent = tokens(ways[name], requests)
                began_s = time.process_time()
                await run_with(app, sent)
                taken = (time.process_time() - began_s) / requests * 1e6
                best[name] = min(taken, best.get(name, taken))
    return best


def tokens(guard: Guard, number: int) -> list[dict[str, Any]]:
    """Give each request's scope."""
    if guard.tokens is None:
        return [SCOPE] * number
    headers: Any = SCOPE["headers"]
    return [
        SCOPE | {"headers": [*headers, (b"authorization", b"Bearer " + guard.tokens().encode())]}
        for _ in range(number)
    ]


async def run_with(app: Any, scopes: list[dict[str, Any]]) -> None:
    for scope in scopes:
        await run(app, 1, scope)


def table(best: dict[str, float], ways: dict[str, Guard]) -> str:
    """What each guard adds."""
    rows = [
        [name, figure(best[name]), "" if name == "nothing" else f"{best[name] - best[ways[name].over]:.1f}"]
        for name in best
    ]
    heads = ["guard", "µs a request", "µs more"]
    return "\n\n".join(
        (
            markdown_table(heads, rows),
            "Processor time of the router but its sockets, two fetches that are answered at once, the best of many "
            f"rounds; *@authenticated, met* is compared with the same token without it. On {machine()}.",
        )
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--write-readme", action="store_true")
    given = parser.parse_args()
    if given.write_readme:
        require_block("bench-access")
    with (
        tempfile.TemporaryDirectory() as folder,
        redis_url(Path(folder)) as redis,
        Path(os.devnull).open("w") as nowhere,
    ):
        configure_logs("info", "json", nowhere)
        best = asyncio.run(measure(redis, given.requests, given.rounds))
        text = table(best, guards(redis))
    print(text)
    if given.write_readme:
        write_block("bench-access", text)


if __name__ == "__main__":
    main()
