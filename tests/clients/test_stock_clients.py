"""The clients that people use, unchanged, against a running router: Apollo Client and urql in Node, and curl.

``.ci/clients`` installs them outside the tree and says where (``CLIENTS``); without that the tests are skipped.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_uploads import expected, running

pytestmark = [
    # Of the subgraphs' own servers, as in test_uploads.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let what the subgraphs' servers leave open be told while it is ignored."""
    yield
    gc.collect()


SCRIPT = Path(__file__).with_name("clients.mjs")
PAPERS = {"papers": 0}
IMAGE = {"setImage": expected("a.png", b"pixels", "image/png")}
INVALID = ["GRAPHQL_VALIDATION_FAILED"]
EXPECTED: dict[str, tuple[Any, list[str]]] = {
    "apollo http": (PAPERS, ["POST"]),
    "apollo get": (PAPERS, ["GET"]),
    # By hash, then hash and text, then by hash again.
    "apollo persisted": (PAPERS, ["GET", "POST", "GET"]),
    "apollo batch": ({"papers": 0, "more": 0}, ["POST array"]),
    "apollo upload": (IMAGE, ["POST form"]),
    "apollo errors": (INVALID, ["POST"]),
    "urql http": (PAPERS, ["POST"]),
    "urql get": (PAPERS, ["GET"]),
    "urql persisted": (PAPERS, ["GET", "GET", "GET"]),
    "urql upload": (IMAGE, ["POST form"]),
    "urql errors": (INVALID, ["POST"]),
}


async def output(*command: str) -> str:
    """Run a program to its end."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(120):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


DOCUMENT = """# not printed
query Ids($first: Int = 3, $tags: [String!] = ["a", "b"]) {
  item(id: 1, filter: {text: "x\\"y", kinds: [SMALL]}) @include(if: true) { ...Card, other: id ... on Item { name } }
}
fragment Card on Item { id related(first: $first) { id } }
"""


async def test_stock_clients_work_unchanged(tmp_path: Path) -> None:
    folder = os.environ.get("CLIENTS")
    if folder is None:
        pytest.skip("run .ci/clients")
    document = tmp_path / "ids.graphql"
    document.write_text(DOCUMENT)
    async with running() as router:
        results = json.loads(
            await output("node", str(SCRIPT), folder, f"{router.origin}/graphql", str(document))
        )
    manifest = json.loads(
        await output(sys.executable, "-m", "router", "documents", "extract", str(document), "--add-typename")
    )
    [operation] = manifest["operations"]
    assert results.pop("apollo ids")["data"] == [operation["id"]]
    assert {name: result.get("error") for name, result in results.items()} == dict.fromkeys(EXPECTED)
    without_typename = {
        name: (
            {key: value for key, value in result["data"].items() if key != "__typename"}
            if isinstance(result["data"], dict)
            else result["data"],
            result["requests"],
        )
        for name, result in results.items()
    }
    assert without_typename == EXPECTED


async def test_curl_works_by_post_get_form_and_hash(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    (tmp_path / "a.png").write_bytes(b"pixels")
    curl = ("curl", "--silent", "--show-error", "--noproxy", "*", "--compressed")
    text = "{papers}"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}}
    by_json = ("-H", "content-type: application/json", "--data")
    async with running() as router:
        url = f"{router.origin}/graphql"
        posted = await output(*curl, url, *by_json, json.dumps({"query": text}))
        assert json.loads(posted) == {"data": PAPERS}
        got = await output(*curl, "-G", url, "--data-urlencode", f"query={text}")
        assert json.loads(got) == {"data": PAPERS}
        kept = {"query": text, "extensions": extensions}
        assert json.loads(await output(*curl, url, *by_json, json.dumps(kept))) == {"data": PAPERS}
        by_hash = ("--data-urlencode", f"extensions={json.dumps(extensions)}")
        assert json.loads(await output(*curl, "-G", url, *by_hash)) == {"data": PAPERS}
        operations = {
            "query": "mutation($file: Upload!) { setImage(file: $file) }",
            "variables": {"file": None},
        }
        form = (
            *("-H", "apollo-require-preflight: true", "-F", f"operations={json.dumps(operations)}"),
            *("-F", 'map={"0": ["variables.file"]}', "-F", f"0=@{tmp_path}/a.png;type=image/png"),
        )
        assert json.loads(await output(*curl, url, *form)) == {"data": IMAGE}
