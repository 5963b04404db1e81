"""``olympus query`` and ``olympus schema``, against a running router."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path

from graphql import build_schema

from router.cli.choices import QueryFormat
from router.cli.query_output import Printer, table_lines, waterfall_lines
from router.engine.options import EngineOptions
from router.server.app import create_app
from router.server.options import ServerOptions
from tests.engine.sample import Sample
from tests.serving import serving

SCHEMA = Path(__file__).parents[1] / "schema"


async def olympus(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "router",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(stdin.encode())
    assert b"Traceback" not in err, err
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_query_is_answered_and_explained_and_its_errors_make_the_exit_status() -> None:
    text = "query Q($id: ID!) { product(id: $id) { name stars } }"
    app = create_app(Sample(EngineOptions(exposes_query_plan=True)).engine, ServerOptions())
    async with serving(app) as origin:
        at = ("--endpoint", f"{origin}/graphql")
        asked = ("query", "-", "--variables", '{"id": "1"}', *at)
        status, out, err = await olympus(*asked, "--explain", stdin=text)
        assert status == 0, err
        assert json.loads(out) == {"product": {"name": "Oak table", "stars": 5}}
        assert "2 requests to subgraphs in" in err
        assert "reviews" in err
        assert "1 entity" in err
        status, out, err = await olympus("query", "-", *at, stdin="{ nope }")
        assert (status, out) == (1, "")
        assert "GRAPHQL_VALIDATION_FAILED" in err
        status, out, _ = await olympus("query", "-", *at, "--format", "json", stdin="{ nope }")
        assert (status, list(json.loads(out))) == (1, ["errors"])
        status, out, _ = await olympus("schema", *at)
        assert status == 0
        assert "stars" in build_schema(out).type_map["Product"].to_kwargs()["fields"]


async def test_wrong_input_is_told_and_no_secret_with_it() -> None:
    for arguments, said in (
        (("--variables", "{"), "no JSON"),
        (("--variables", "[1]"), "JSON object"),
        (("--header", "hunter2"), "Name: value"),
        (("--endpoint", "file:///etc/passwd"), "http or https"),
    ):
        status, _, err = await olympus("query", "-", *arguments, stdin="{ a }")
        assert status == 2
        assert said in err
        assert "hunter2" not in err
    status, _, err = await olympus("query", "-", "--endpoint", "http://127.0.0.1:1/", stdin="{ a }")
    assert (status, "cannot be asked" in err) == (1, True)


async def test_the_schema_of_a_supergraph_needs_no_router() -> None:
    status, out, _ = await olympus("schema", "--supergraph", str(SCHEMA / "supergraph.graphql"))
    assert status == 0
    assert "join__" not in out
    assert "subscription" in out.lower()


def test_rows_become_a_table_and_what_no_cell_can_show_does_not() -> None:
    out = io.StringIO()
    rows = [{"n": 1, "who": {"name": "Zeus"}}, {"n": 10, "who": {"name": "Hera\x1b[31m"}}]
    Printer(QueryFormat.PRETTY, explains=False, out=out).show({"data": {"a": {"rows": rows}}})
    assert out.getvalue().splitlines() == [
        "a.rows (2)",
        "n   who.name",
        "--  ---------",
        " 1  Zeus",
        "10  Hera [31m",
    ]
    out = io.StringIO()
    Printer(QueryFormat.PRETTY, explains=False, out=out).show({"data": {"a": [{"b": [{"c": 1}]}]}})
    assert json.loads(out.getvalue()) == {"a": [{"b": [{"c": 1}]}]}
    assert list(table_lines([{"a": True}])) == ["a", "----", "true"]


def test_without_times_the_waterfall_says_how_to_get_them() -> None:
    assert "playground.explain" in next(waterfall_lines({}))
