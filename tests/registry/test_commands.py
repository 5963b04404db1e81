"""The commands of subgraph owners, in this process against a served registry."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from router.cli.app import app
from router.cli.failure import CommandError
from router.registry.database.connect import open_database
from router.registry.database.writes import Signed
from router.registry.options import RegistryOptions
from router.registry.tokens import Scope, Tokens
from router.server.registry import create_registry_app
from router.server.traffic import Traffic
from tests.serve_process import AnyAnswer
from tests.serving import serving

SDL = "type Query { a: Int }"


@dataclass
class Shell:
    """Where commands are run, with a registry in their environment."""

    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: object, **more: str) -> tuple[int, str]:
        """Run one command; gives exit status and output, standard error's included."""
        result = CliRunner().invoke(app, [*map(str, arguments)], env={**self.environment, **more})
        if isinstance(result.exception, CommandError):
            return result.exception.status, f"{result.output}olympus: {result.exception}"
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--format", "json")[1])

    def schema(self, name: str, sdl: str) -> Path:
        file = self.folder / f"{name}.graphql"
        file.write_text(sdl)
        return file


@pytest.fixture
def shell(tmp_path: Path, database_url: str) -> Iterator[Shell]:
    """A registry in a thread, and who may publish to it."""
    options = RegistryOptions(database_url, secret=b"x" * 32)
    origin: list[str] = []
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with serving(create_registry_app(options, Traffic())) as found:
            database = await open_database(options.database_url)
            signed = Signed("test", datetime.now(UTC))
            made = await Tokens(database).create("ann", {"shop": Scope.PUBLISH}, signed)
            await database.close()
            origin.extend((found, made.text))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(60)
    url, token = origin
    environment = {
        "OLYMPUS_REGISTRY_URL": f"{url}/registry",
        "OLYMPUS_REGISTRY_TOKEN": token,
        "OLYMPUS_GRAPH": "shop",
        "OLYMPUS_VARIANT": "",
    }
    yield Shell(environment, tmp_path)
    over.set()
    thread.join()


def test_a_subgraph_is_published_listed_fetched_and_deleted(shell: Shell) -> None:
    a, b = shell.schema("a", SDL), shell.schema("b", "type Query { b: Int }")
    assert shell.run("publish", "a", "--schema", a, "--url", "http://a/")[0] == 0
    status, told = shell.run("publish", "b", "--schema", b, "--url", "http://b/")
    assert status == 0 and "b is published to shop@production: release 2 is live." in told
    assert "has just this already: release 2 is live" in shell.run("publish", "b", "--schema", b)[1]
    assert [one["subgraph"] for one in shell.json("subgraph", "list")] == ["a", "b"]
    assert "http://a/" in shell.run("subgraph", "list")[1]
    assert shell.run("subgraph", "fetch", "a") == (0, SDL)
    assert shell.run("subgraph", "fetch", "c")[0] == 2
    status, told = shell.run("subgraph", "delete", "b", "--force")
    assert status == 0 and "b is deleted from shop@production: release 3 is live." in told
    assert "production  release" in shell.run("variants")[1]


def test_what_does_not_compose_is_told_with_its_place(shell: Shell) -> None:
    a = shell.schema("a", SDL)
    shell.run("publish", "a", "--schema", a, "--url", "http://a/")
    a.write_text("type Query {\n  a: Unknown\n}")
    for command in ("publish", "check"):
        status, told = shell.run(command, "a", "--schema", a)
        assert status == 1 and f"error: {a}:2:" in told
    status, told = shell.run("check", "a", "--schema", a, "--format", "github")
    assert status == 1 and f"file={a},line=2" in told and told.startswith("::error title=")
    assert not shell.json("check", "a", "--schema", a)["passed"]
    assert len(shell.json("releases")) == 1


def test_releases_are_compared_and_rolled_back_to(shell: Shell) -> None:
    a = shell.schema("a", SDL)
    shell.run("publish", "a", "--schema", a, "--url", "http://a/")
    a.write_text("type Query { a: Int b: Int }")
    shell.run("publish", "a", "--schema", a)
    status, told = shell.run("diff", 1, 2)
    assert status == 0 and "subgraph a: changed" in told and "safe: Query.b" in told
    status, told = shell.run("diff", 2, 1)
    assert status == 1 and "breaking: Query.b" in told
    assert shell.json("diff", 1, "production")["after"]["id"] == 2
    assert shell.run("diff", 1, 9)[0] == 2
    assert shell.run("rollback", 9)[0] == 2
    status, told = shell.run("rollback", 1)
    assert status == 0 and "release 3 is live" in told
    assert "rollback of 1" in shell.run("releases")[1]


def test_a_contract_is_set_and_listed(shell: Shell) -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@tag"])\n'
    a = shell.schema("a", link + 'type Query { a: Int b: Int @tag(name: "internal") }')
    shell.run("publish", "a", "--schema", a, "--url", "http://a/")
    status, told = shell.run(
        "contract", "set", "public", "--source", "production", "--exclude-tag", "internal"
    )
    assert status == 0 and "release 2 is live" in told
    assert "of production -internal" in shell.run("variants")[1]
    assert "breaking: Query.b" in shell.run("diff", "production", "public")[1]
    assert shell.run("contract", "set", "other", "--source", "nothing")[0] == 2


def test_a_running_subgraph_is_asked_for_its_sdl(shell: Shell) -> None:
    with AnyAnswer("type Query { _service: _Service! a: Int } type _Service { sdl: String }") as subgraph:
        # AnyAnswer's own SDL is no SDL, and the registry says so: what came is what was asked for.
        status, told = shell.run("check", "a", "--introspect", subgraph.url, "--url", "http://a/")
        assert status == 1 and "Some_String" in told
    with AnyAnswer(SDL) as plain:
        assert shell.run("publish", "a", "--introspect", plain.url, "--url", plain.url)[0] == 0
    assert "a: Int" in shell.run("subgraph", "fetch", "a")[1]
    assert shell.run("publish", "a", "--introspect", "http://127.0.0.1:1/")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "words"),
    [
        (("releases",), {"OLYMPUS_REGISTRY_URL": ""}, 2, "Which registry"),
        (("releases",), {"OLYMPUS_REGISTRY_TOKEN": ""}, 2, "wants a token"),
        (("releases",), {"OLYMPUS_REGISTRY_TOKEN": "olr_x"}, 3, "REGISTRY_UNAUTHENTICATED"),
        (("releases",), {"OLYMPUS_GRAPH": "bank"}, 3, "REGISTRY_FORBIDDEN"),
        (("releases",), {"OLYMPUS_REGISTRY_URL": "http://127.0.0.1:1"}, 3, "cannot be asked"),
        (("releases",), {"OLYMPUS_REGISTRY_URL": "registry"}, 2, "no registry"),
        (("releases",), {}, 2, "there is no variant"),
        (("publish", "a"), {}, 2, "--schema FILE or --introspect URL"),
        (("publish", "a", "--schema", "/nowhere"), {}, 2, "No such file"),
        (("publish", "a b", "--schema", "SCHEMA"), {}, 2, "REGISTRY_INVALID"),
        (("publish", "a", "--schema", "SCHEMA"), {}, 2, "give its URL"),
        (("publish", "a", "--introspect", "file:///etc/passwd"), {}, 2, "cannot be introspected"),
    ],
)
def test_exit_statuses_tell_failures_apart(
    shell: Shell, arguments: tuple[str, ...], environment: dict[str, str], status: int, words: str
) -> None:
    schema = str(shell.schema("a", SDL))
    given = [schema if argument == "SCHEMA" else argument for argument in arguments]
    found, told = shell.run(*given, **environment)
    assert (found, words in told) == (status, True), told
    assert shell.environment["OLYMPUS_REGISTRY_TOKEN"] not in told
