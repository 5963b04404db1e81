"""The four subgraphs in one process: real apps on real SQLite files, asked through httpx's ASGI transport.

    with kept_fleet(seeded) as (run, fleet):         # one event loop, kept until the end of the block
        run(fleet.post("orders", "{ orders { totalCount } }"))

    async with running_fleet(seeded) as fleet:       # in a test that has an event loop of its own

Seeding takes seconds, so `seed` fills a folder once a session; each fleet runs on a copy of it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import yaml
from starlette.applications import Starlette

from subgraphs.events import InProcessBus

T = TypeVar("T")

SCHEMA: Final = Path(__file__).parent.parent / "schema"
TODAY: Final = date(2026, 11, 1)
"""The day the demo's orders lead up to, in every fleet."""

NAMES: Final = ("orders", "products", "customers", "analytics")
URLS: Final[Mapping[str, str]] = {
    name: subgraph["routing_url"]
    for name, subgraph in yaml.safe_load((SCHEMA / "supergraph.yaml").read_text("utf-8"))["subgraphs"].items()
}
"""Where the supergraph says each subgraph answers; a fleet answers there without a socket."""

HEADERS: Final[Mapping[str, str]] = {
    "x-tenant-id": "acme",
    "x-user-id": "acme-c-0001",
    "x-user-roles": "admin",
}
"""What the router sends for the demo's caller."""


class FleetTransport(httpx.AsyncBaseTransport):
    """Gives each request to the app that its URL's port stands for; anything else cannot be reached."""

    def __init__(self, apps: Mapping[str, Starlette]) -> None:
        self._by_port = {
            httpx.URL(URLS[name]).port: httpx.ASGITransport(app=app) for name, app in apps.items()
        }
        self.requests: list[httpx.Request] = []
        """Every request so far, in the order of arrival."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.port not in self._by_port:
            raise httpx.ConnectError(f"no subgraph of the fleet answers at {request.url}")
        return await self._by_port[request.url.port].handle_async_request(request)


@dataclass(frozen=True)
class Fleet:
    """Four running subgraphs."""

    apps: Mapping[str, Starlette]
    """By subgraph name."""
    bus: InProcessBus
    """The one bus that all of them publish on and listen to."""
    transport: FleetTransport

    def client(self) -> httpx.AsyncClient:
        """A client that reaches every subgraph at its routing URL."""
        return httpx.AsyncClient(transport=self.transport)

    async def post(self, subgraph: str, query: str, **variables: Any) -> dict[str, Any]:
        """What one subgraph answers to the demo's caller."""
        async with self.client() as client:
            request = {"query": query, "variables": variables}
            response = await client.post(URLS[subgraph], json=request, headers=HEADERS)
        answer: dict[str, Any] = response.json()
        return answer


def create_apps(folder: Path, bus: InProcessBus) -> dict[str, Starlette]:
    """The apps, not yet started, with their databases in ``folder``."""
    return {
        name: import_module(f"subgraphs.{name}.app").create_app(
            f"sqlite+aiosqlite:///{folder / name}.db", bus, TODAY
        )
        for name in NAMES
    }


def seed(folder: Path) -> None:
    """Fill ``folder`` with the seeded databases of all subgraphs."""

    async def start_and_stop() -> None:
        for app in create_apps(folder, InProcessBus()).values():
            async with app.router.lifespan_context(app):
                pass

    asyncio.run(start_and_stop())


@asynccontextmanager
async def running_fleet(seeded: Path) -> AsyncIterator[Fleet]:
    """The fleet between its start and its end, on a copy of the databases that `seed` made."""
    with tempfile.TemporaryDirectory() as name:
        folder, bus = Path(name), InProcessBus()
        for database in seeded.glob("*.db"):
            shutil.copy(database, folder)
        apps = create_apps(folder, bus)
        async with AsyncExitStack() as stack:
            for app in apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield Fleet(apps, bus, FleetTransport(apps))


Run = Callable[[Coroutine[Any, Any, T]], T]


@contextmanager
def kept_fleet(seeded: Path) -> Iterator[tuple[Run[Any], Fleet]]:
    """A fleet for tests without an event loop (Hypothesis): a way to run coroutines beside it, and the fleet."""
    started: asyncio.Future[Fleet]

    async def hold(stop: asyncio.Event) -> None:
        # Start and end in one task, as task groups and cancel scopes want it.
        async with running_fleet(seeded) as fleet:
            started.set_result(fleet)
            await stop.wait()

    async def start() -> tuple[Fleet, asyncio.Event, asyncio.Task[None]]:
        nonlocal started
        stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
        holding = asyncio.create_task(hold(stop))
        waited: list[asyncio.Future[Any]] = [started, holding]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if holding.done():
            holding.result()
        return await started, stop, holding

    async def end(stop: asyncio.Event, holding: asyncio.Task[None]) -> None:
        stop.set()
        await holding

    with asyncio.Runner() as runner:
        fleet, stop, holding = runner.run(start())
        try:
            yield runner.run, fleet
        finally:
            runner.run(end(stop, holding))
