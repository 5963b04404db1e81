"""``olympus serve`` in a process of its own, over a subgraph that answers everything."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, build_schema, get_named_type, graphql_sync, is_list_type
from graphql.pyutils import snake_to_camel

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput

WAIT_S = 60.0

SDL = """
type Query {
  item(id: ID!): Item
  items(first: Int = 3, filter: Filter, tags: [[String!]!]): [Item!]!
  number(n: Int, f: Float, b: Boolean): String
  now: String
}
type Mutation { save(input: ItemInput!): Item }
input Filter { text: String kinds: [Kind!] price: Range not: Filter }
input Range { low: Float high: Float }
input ItemInput { id: ID! name: String! kind: Kind = SMALL }
enum Kind { SMALL LARGE }
interface Node { id: ID! }
union Found = Item | Maker
type Item implements Node @key(fields: "id") {
  id: ID! name: String kind: Kind! price: Float maker: Maker related(first: Int = 2): [Item] found: [Found!]
}
type Maker implements Node @key(fields: "id") { id: ID! name: String! items: [Item!]! }
"""
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n'


def supergraph(url: str, more: str = "") -> str:
    """Compose the one subgraph, which answers at ``url``; ``more`` are fields of ``Query``."""
    composed = compose([SubgraphInput("shop", url, LINK + SDL.replace("now: String", f"now: String {more}"))])
    assert isinstance(composed, Composed), composed
    return composed.supergraph_sdl


class AnyAnswer:
    """A subgraph in a thread of its own: every field has a value of its type."""

    def __init__(self, sdl: str = SDL) -> None:
        self._schema = _executable(sdl)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self.port = 0
        self.delay_s = 0.0
        self.requests = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def serve(self, sdl: str) -> None:
        """Answer by another schema from now on."""
        self._schema = _executable(sdl)

    def __enter__(self) -> AnyAnswer:
        self._thread.start()
        assert self._ready.wait(WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                self.requests += 1
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                result = graphql_sync(
                    self._schema, body["query"], variable_values=body.get("variables"), field_resolver=_value
                )
                answer = json.dumps(result.formatted).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                    % (len(answer), answer)
                )
                await writer.drain()
        writer.close()


def _executable(sdl: str) -> GraphQLSchema:
    return build_schema(
        "directive @key(fields: String!) repeatable on OBJECT | INTERFACE\n" + sdl, assume_valid=True
    )


def _value(source: Any, info: Any, **arguments: Any) -> Any:
    if info.field_name == "_entities":
        return arguments["representations"]
    count = min(max(arguments.get("first") or 1, 0), 3)
    inner = info.return_type
    while hasattr(inner, "of_type") and not is_list_type(inner):
        inner = inner.of_type
    one = _of_type(info.schema, get_named_type(info.return_type))
    return [one] * count if is_list_type(inner) else one


def _of_type(schema: GraphQLSchema, named: Any) -> Any:
    leaves = {"Int": 1, "Float": 1.5, "Boolean": True, "Kind": "SMALL"}
    if isinstance(named, GraphQLObjectType):
        return {"__typename": named.name}
    if named.name in ("Node", "Found"):
        return {"__typename": "Item"}
    return leaves.get(named.name, snake_to_camel(f"some_{named.name}"))


@dataclass
class Served:
    """A running router."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    @property
    def origin(self) -> str:
        return self.url.removesuffix("/graphql")

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    def ask(self, query: str = "{ now }", timeout_s: float = WAIT_S) -> Any:
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(self.url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            return json.load(response)

    def ready(self) -> Any:
        """The detail of ``/health/ready``, whatever its status."""
        try:
            with urllib.request.urlopen(f"{self.origin}/health/ready", timeout=WAIT_S) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def resident_mb(self) -> float:
        """Of the router's process, its workers not counted."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def logged(self) -> str:
        return self.log.read_text()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_S)


@contextmanager
def served(folder: Path, *arguments: object, environment: dict[str, str] | None = None) -> Iterator[Served]:
    """Serve with these arguments until the end; its log is in ``folder``."""
    log = folder / "router.log"
    command = [sys.executable, "-m", "router", "serve", *map(str, arguments)]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **(environment or {})},
        ) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "is ready at" in line:
                    yield Served(process, line.split()[-1], log)
                    return
            raise AssertionError(f"the router did not start: {log.read_text()}")
        finally:
            process.kill()


def eventually(condition: Any, what: str = "it") -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + WAIT_S
    while True:
        with suppress(OSError):
            if condition():
                return
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.05)
