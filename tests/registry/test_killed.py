"""A registry that is killed in the middle of publishes, or whose disk is full: what it acknowledged is there.

``REGISTRY_KILLS=100`` kills it a hundred times; CI some.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from router.registry.database.connect import open_database
from router.registry.database.writes import Signed
from router.registry.follow import Follower, FollowError, FollowOptions
from router.registry.model import VariantRef
from router.registry.registry import Registry
from router.registry.signing import HmacKey
from router.registry.tokens import Scope, Tokens
from tests.registry.killed_registry import SECRET
from tests.registry.served_registry import until

KILLS = int(os.environ.get("REGISTRY_KILLS", "5"))
REF = VariantRef("shop", "production")
PUBLISH = """mutation ($s: [SubgraphInput!]!) {
  publish(graph: "shop", variant: "production", subgraphs: $s) { outcome release { id } }
}"""


class Forked:
    """Registries on one database and one port, one after another."""

    def __init__(self, process: subprocess.Popen[str], database: str) -> None:
        self._process = process
        self.database = database
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}/registry"
        self.pid = 0

    def start(self, max_file_bytes: int = 0) -> None:
        """Start one."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{self.port} {max_file_bytes}\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("pid "):
                self.pid = int(line.split()[1])
                return
        raise AssertionError("it ended")

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        until(lambda: not _is_there(self.pid), "the end")

    def publish(self, token: str, name: str, sdl: str) -> dict[str, Any]:
        """Publish; gives the answer.  Raises: OSError when there is none."""
        variables = {"s": [{"name": name, "sdl": sdl, "url": f"http://{name}.example/"}]}
        body = json.dumps({"query": PUBLISH, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.url}/graphql",
            body,
            {"authorization": f"Bearer {token}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


@pytest.fixture
def forked(database_url: str) -> Iterator[Forked]:
    """Who starts registries on an empty database."""
    command = [sys.executable, "-m", "tests.registry.killed_registry", database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        registries = Forked(process, database_url)
        yield registries
        with contextlib.suppress(OSError):
            os.kill(registries.pid, signal.SIGKILL)


class Publishers:
    """Three owners who publish again and again, each his own subgraph."""

    def __init__(self, registries: Forked, token: str) -> None:
        self.acknowledged: dict[int, str] = {}
        """By release, the field that was published with it."""
        self._registries = registries
        self._token = token
        self._is_over = False
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(3)]

    def __enter__(self) -> Publishers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        for thread in self._threads:
            thread.join()

    def _run(self, owner: int) -> None:
        turn = 0
        while not self._is_over:
            turn += 1
            field = f"owner{owner}turn{turn}"
            try:
                answer = self._registries.publish(self._token, f"s{owner}", f"type Query {{ {field}: Int }}")
            except (OSError, ValueError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            published = answer["data"]["publish"]
            if published["outcome"] == "RELEASED":
                self.acknowledged[published["release"]["id"]] = field


def test_a_registry_that_is_killed_again_and_again_loses_nothing(forked: Forked, tmp_path: Path) -> None:
    token = asyncio.run(make_token(forked.database))
    rng = random.Random(9)
    follower = Follower(FollowOptions(forked.url, REF, HmacKey(SECRET), token, tmp_path / "last-good.json"))
    followed: list[int] = []
    with Publishers(forked, token) as publishers:
        for _ in range(KILLS):
            forked.start()
            before = len(publishers.acknowledged)
            until(lambda: len(publishers.acknowledged) > before, "a publish")  # noqa: B023
            follow(follower, followed)
            time.sleep(rng.uniform(0, 0.25))
            forked.kill()
        forked.start()
        before = len(publishers.acknowledged)
        until(lambda: len(publishers.acknowledged) > before, "a publish")
    until(lambda: follow(follower, followed) == max(publishers.acknowledged), "the last release")
    assert followed == sorted(followed)
    asyncio.run(nothing_is_lost(forked.database, publishers.acknowledged))
    print(f"{KILLS} kills, {len(publishers.acknowledged)} acknowledged")


def follow(follower: Follower, followed: list[int]) -> int:
    """Look once; gives the newest release that is known."""
    with contextlib.suppress(FollowError):
        follower.look(0)
    current = follower.current
    assert current is not None
    followed.append(current.release)
    return current.release


async def make_token(database_url: str) -> str:
    database = await open_database(database_url)
    signed = Signed("test", datetime.now(UTC))
    made = await Tokens(database).create("ci", {"shop": Scope.PUBLISH}, signed)
    await database.close()
    return made.text


async def nothing_is_lost(database_url: str, acknowledged: dict[int, str]) -> None:
    """See that every acknowledged release is there and whole, and that the live one is the last."""
    registry = Registry(await open_database(database_url))
    try:
        before: int | None = None
        ids: list[int] = []
        while page := await registry.releases(REF, 200, before):
            ids += [release.id for release in page]
            before = ids[-1]
        assert set(acknowledged) <= set(ids)
        assert await registry.live_id(REF) == max(ids)
        for id_ in ids:
            text = await registry.release_text(id_)
            revisions = await registry.release_revisions(id_)
            assert text is not None and revisions
            for revision in revisions:
                field = revision.sdl.removeprefix("type Query { ").removesuffix(": Int }")
                assert f"  {field}: Int" in text.api_sdl, "a release is what its revisions say"
            assert text.api_sdl.count(": Int") == len(revisions)
            if id_ in acknowledged:
                assert f"  {acknowledged[id_]}: Int" in text.api_sdl
        heads = {revision.id for revision in await registry.subgraphs(REF)}
        assert heads == {revision.id for revision in await registry.release_revisions(max(ids))}
        published = [entry for entry in await registry.audit("shop", None, 200) if entry.action == "publish"]
        newest = {id_ for entry in published for id_ in entry.detail["releases"]}
        assert newest <= set(ids), "the audit tells of nothing that is not there"
    finally:
        await registry.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_refuses_and_loses_nothing(forked: Forked) -> None:
    token = asyncio.run(make_token(forked.database))
    forked.start(max_file_bytes=600_000)
    acknowledged: dict[int, str] = {}
    refused = None
    for turn in range(200):
        field = f"turn{turn}"
        sdl = f"type Query {{ {field}: Int }}"
        padding = "#" + "x" * 20_000
        try:
            answer = first_answer(forked, token, sdl + padding)
        except urllib.error.HTTPError as error:
            with error:
                refused = json.load(error)
            break
        if "errors" in answer:
            refused = answer
            break
        acknowledged[answer["data"]["publish"]["release"]["id"]] = field
    assert refused is not None, "the disk is full"
    assert refused["errors"][0]["extensions"]["code"] == "REGISTRY_UNAVAILABLE"
    assert acknowledged
    follower = Follower(FollowOptions(forked.url, REF, HmacKey(SECRET), token))
    assert f"turn{len(acknowledged) - 1}: Int" in follower.read(), "what is live is still given to routers"
    forked.kill()
    forked.start()
    answer = first_answer(forked, token, "type Query { later: Int }")
    acknowledged[answer["data"]["publish"]["release"]["id"]] = "later"
    forked.kill()
    asyncio.run(everything_is_there(forked.database, acknowledged))


def first_answer(forked: Forked, token: str, sdl: str) -> dict[str, Any]:
    """Publish, as soon as somebody answers."""
    end = time.monotonic() + 60
    while True:
        try:
            return forked.publish(token, "s", sdl)
        except urllib.error.HTTPError:
            raise
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)


async def everything_is_there(database_url: str, acknowledged: dict[int, str]) -> None:
    registry = Registry(await open_database(database_url))
    try:
        for id_, field in acknowledged.items():
            text = await registry.release_text(id_)
            assert text is not None and f"  {field}: Int" in text.api_sdl
        assert await registry.live_id(REF) == max(acknowledged)
    finally:
        await registry.close()


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
