"""The command line: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest

from router.cli.app import main
from router.cli.token import DEMO_SECRET

SCHEMA = Path(__file__).parents[1] / "schema"
SUPERGRAPH = SCHEMA / "supergraph.graphql"
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n'


def olympus(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


@pytest.fixture
def subgraphs(tmp_path: Path) -> Path:
    """A list of two subgraphs that compose."""
    (tmp_path / "a.graphql").write_text(LINK + "type Query { a: Int }\n")
    (tmp_path / "b.graphql").write_text(LINK + "type Query { b: Int }\n")
    file = tmp_path / "supergraph.yaml"
    names = {n: {"routing_url": f"http://{n}/graphql", "schema": {"file": f"{n}.graphql"}} for n in "ab"}
    file.write_text(json.dumps({"subgraphs": names}))
    return file


def test_compose_prints_the_supergraph(subgraphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert olympus("compose", "--config", subgraphs) == 0
    assert "enum join__Graph" in capsys.readouterr().out


def test_compose_as_json_has_the_shape_other_tools_read(
    subgraphs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert olympus("compose", "--config", subgraphs, "--format", "json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["ok"], result["errors"], result["hints"]) == (True, [], [])
    assert "join__Graph" in result["supergraph_sdl"]
    assert "join__Graph" not in result["api_sdl"]


def test_compose_writes_a_file_whole(subgraphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = subgraphs.parent / "out.graphql"
    assert olympus("compose", "--config", subgraphs, "--output", output) == 0
    assert "join__Graph" in output.read_text()
    assert sorted(path.name for path in subgraphs.parent.glob("*out*")) == ["out.graphql"]
    assert olympus("compose", "--config", subgraphs, "--output", subgraphs.parent / "no" / "out") == 1
    assert "cannot be written" in capsys.readouterr().err


def test_compose_for_people_sums_up(subgraphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert olympus("compose", "--config", subgraphs, "--format", "text") == 0
    assert capsys.readouterr().out == "The 2 subgraphs compose: 0 hints.\n"
    one = subgraphs.parent / "one.yaml"
    one.write_text("subgraphs: {a: {routing_url: http://a.test/, schema: {sdl: 'type Query { a: Int }'}}}")
    assert olympus("compose", "--config", one, "--format", "text") == 0
    assert capsys.readouterr().out.endswith("The subgraph composes: 1 hint.\n")


def test_subgraphs_that_do_not_compose_end_with_every_error_and_its_place(
    subgraphs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (subgraphs.parent / "a.graphql").write_text(
        LINK + 'type Query { a: Int }\ntype T @key(fields: "x") { id: ID }\n'
    )
    (subgraphs.parent / "b.graphql").write_text(
        LINK + 'type Query { b: Int }\ntype U @key(fields: "y") { id: ID }\n'
    )
    assert olympus("compose", "--config", subgraphs, "--format", "json") == 1
    result = json.loads(capsys.readouterr().out)
    assert (result["ok"], result["supergraph_sdl"], result["api_sdl"]) == (False, None, None)
    assert {error["code"] for error in result["errors"]} == {"KEY_INVALID_FIELDS"}
    assert [error["nodes"][0]["subgraph"] for error in result["errors"]] == ["a", "b"]
    assert {error["nodes"][0]["line"] for error in result["errors"]} == {3}
    for output_format in ("text", "sdl"):
        assert olympus("compose", "--config", subgraphs, "--format", output_format) == 1
        streams = capsys.readouterr()
        assert "a.graphql:3:" in streams.err
        assert "do not compose: 2 errors" in streams.err
        assert streams.out == ""


def test_compose_writes_a_contract_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@tag"])'
    sdl = f'{link}\ntype Query {{ a: Int b: Int @tag(name: "internal") s: S @tag(name: "internal") }}\nscalar S\n'
    config = tmp_path / "supergraph.yaml"
    config.write_text(json.dumps({"subgraphs": {"a": {"routing_url": "http://a/", "schema": {"sdl": sdl}}}}))
    arguments = ("compose", "--config", config, "--format", "json", "--exclude-tag", "internal")
    assert olympus(*arguments, "--hide-unreachable") == 0
    assert json.loads(capsys.readouterr().out)["api_sdl"] == "type Query {\n  a: Int\n}\n"
    assert olympus(*arguments[:-1], "nothing") == 0
    assert "scalar S" in json.loads(capsys.readouterr().out)["api_sdl"]


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert olympus("explain-error", "invalid_field_sharing") == 0
    assert "shareable" in capsys.readouterr().out
    assert olympus("explain-error", "NO_SUCH_CODE") == 2
    assert "docs/errors.md" in capsys.readouterr().err


def test_a_missing_schema_file_is_one_clear_line(subgraphs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (subgraphs.parent / "a.graphql").unlink()
    assert olympus("compose", "--config", subgraphs) == 2
    assert "subgraph a:" in capsys.readouterr().err
    assert olympus("compose", "--config", subgraphs, "--format", "json") == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "INVALID_CONFIG"


def test_wrong_usage_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert olympus("compose") == 2
    assert olympus("serve") == 2
    assert olympus("serve", "--supergraph", "a", "--subgraphs", "b") == 2
    assert olympus("explain", "op.graphql") == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.fixture
def operation(tmp_path: Path) -> Path:
    file = tmp_path / "operation.graphql"
    file.write_text("query A { me { name lifetimeValue { formatted } } } query B { categories { name } }")
    return file


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("normalized", "lifetimeValue"),
        ("paths", "lifetimeValue"),
        ("fetches", "ANALYTICS"),
        ("plan", "Flatten me"),
        ("source", "def "),
    ],
)
def test_explain_prints_each_stage(
    operation: Path, capsys: pytest.CaptureFixture[str], stage: str, words: str
) -> None:
    arguments = ("explain", operation, "--supergraph", SUPERGRAPH, "--stage", stage, "--operation-name", "A")
    assert olympus(*arguments) == 0
    assert words in capsys.readouterr().out
    assert olympus(*arguments, "--format", "json") == 0
    assert isinstance(json.loads(capsys.readouterr().out), dict)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "1:2: Syntax Error"),
        ("{ nope }", "1:3: Cannot query field 'nope'"),
        ("query A { me { id } } query B { me { id } }", "several operations"),
    ],
)
def test_explain_says_what_is_wrong_with_an_operation(
    operation: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    operation.write_text(text)
    assert olympus("explain", operation, "--supergraph", SUPERGRAPH) == 1
    assert words in capsys.readouterr().err


def test_explain_says_what_is_wrong_with_its_files(
    operation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert olympus("explain", operation, "--supergraph", "/nope") == 1
    assert olympus("explain", "/nope", "--supergraph", SUPERGRAPH) == 2
    assert olympus("explain", operation, "--supergraph", SCHEMA / "orders.graphql") == 1
    errors = capsys.readouterr().err.splitlines()
    assert [re.sub(r": .*", "", line) for line in errors] == ["olympus"] * 3


def test_plan_reports_every_operation_of_a_folder(
    operation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert olympus("plan", operation.parent, "--supergraph", SUPERGRAPH) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["operation", "fetches", "steps", "ms"]
    assert [line[:4] for line in lines[1:]] == [
        ["operation.graphql", "A", "2", "2"],
        ["operation.graphql", "B", "1", "1"],
    ]
    assert olympus("plan", operation, "--supergraph", SUPERGRAPH, "--format", "json") == 0
    assert [planned["fetches"] for planned in json.loads(capsys.readouterr().out)] == [2, 1]


def test_plan_goes_on_after_a_bad_operation_and_ends_with_one(
    operation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (operation.parent / "broken.graphql").write_text("{ nope }")
    (operation.parent / "torn.graphql").write_text("{")
    (operation.parent / "binary.graphql").write_bytes(b"\xff\xfe")
    assert olympus("plan", operation.parent, "--supergraph", SUPERGRAPH) == 1
    out = capsys.readouterr().out
    assert "Cannot query field 'nope'" in out
    assert "Syntax Error" in out
    assert "cannot be read" in out
    assert "operation.graphql  B" in out


def test_plan_wants_operations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert olympus("plan", tmp_path, "--supergraph", SUPERGRAPH) == 2
    assert "no .graphql files" in capsys.readouterr().err


def test_a_token_is_for_the_demos_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert olympus("token", "--tenant", "globex", "--user", "globex-c-0002", "--role", "admin") == 0
    claims = jwt.decode(capsys.readouterr().out.strip(), DEMO_SECRET, ["HS256"])
    assert (claims["tenant_id"], claims["sub"], claims["roles"]) == ("globex", "globex-c-0002", ["admin"])


@pytest.mark.parametrize("text", [None, "type Query { a: Int }", "{"])
def test_serve_ends_with_one_line_when_there_is_nothing_to_serve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    file = tmp_path / "supergraph.graphql"
    if text is not None:
        file.write_text(text)
    assert olympus("serve", "--supergraph", file, "--port", 0) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_serve_ends_with_one_line_when_the_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        assert olympus("serve", "--supergraph", SUPERGRAPH, "--port", taken.getsockname()[1]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "Address already in use" in line


def test_serve_names_the_mistake_in_its_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "olympus.yaml"
    file.write_text("supergrap: {}")
    assert olympus("serve", "--config", file) == 2
    assert f'{file}:1: unknown key "supergrap"; did you mean "supergraph"?' in capsys.readouterr().err


@contextmanager
def serving(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A router in a process of its own, and the URL it says it is at."""
    command = [sys.executable, "-m", "router", "serve", *map(str, arguments), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


def ask(url: str, query: str) -> Any:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    for _ in range(200):
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.05)
    raise AssertionError("the router does not answer")


@pytest.mark.parametrize("workers", [1, 2])
def test_serve_answers_until_it_is_told_to_stop(subgraphs: Path, workers: int) -> None:
    with serving("--subgraphs", subgraphs, "--workers", workers) as (process, url):
        assert ask(url, "{ __typename }") == {"data": {"__typename": "Query"}}
        assert ask(url, "{ a }")["errors"][0]["extensions"]["code"].startswith("SUBGRAPH_")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in errors


def test_serve_takes_a_changed_schema_without_a_restart(subgraphs: Path) -> None:
    with serving("--subgraphs", subgraphs, "--log-format", "text") as (process, url):
        assert "errors" in ask(url, "{ __typename new }")
        (subgraphs.parent / "a.graphql").write_text(LINK + "type Query { a: Int new: Int }\n")
        deadline = time.monotonic() + 60
        while ask(url, '{ __type(name: "Query") { fields { name } } new }').get("data") is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        (subgraphs.parent / "a.graphql").write_text("type Query {")
        time.sleep(1)
        assert ask(url, "{ __typename new }")["data"]["__typename"] == "Query"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "supergraph changed" in errors
        assert "keeping the last good one" in errors


def test_serving_loads_nothing_that_only_some_configurations_need() -> None:
    asked = "import sys, router.cli.app, router.cli.serve; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"jwt", "cryptography", "httpx", "redis", "sqlalchemy", "casbin"}
