"""What the landing page gives to copy, run as it is: curl, Apollo Client, urql and Python.

``.ci/clients`` installs the JavaScript clients outside the tree and says where (``CLIENTS``).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import httpx
import pytest

from router.server.about import Addresses
from router.server.app import create_app
from router.server.connect import snippets
from router.server.options import ServerOptions
from tests.clients.test_stock_clients import output
from tests.engine.sample import Sample
from tests.serving import serving


@pytest.mark.parametrize("title", ["curl", "Apollo Client", "urql", "Python"])
async def test_a_snippet_asks_the_router_as_it_is(title: str, tmp_path: Path) -> None:
    async with serving(create_app(Sample().engine, ServerOptions())) as origin:
        where = Addresses(origin, f"{origin}/graphql", f"{origin.replace('http', 'ws')}/graphql")
        text = next(one.text for one in snippets(where) if one.title == title)
        async with httpx.AsyncClient(trust_env=False) as client:
            told = await client.get(origin, headers={"accept": "text/html"})
            assert f"<h3>{title}</h3>" in told.text
        assert "Query" in await _run(title, text, tmp_path)


async def _run(title: str, text: str, folder: Path) -> str:
    if title == "curl":
        return await output("sh", "-c", f"curl -s --noproxy '*' {text.removeprefix('curl ')}")
    if title == "Python":
        return await output(sys.executable, "-c", text)
    home = os.environ.get("CLIENTS")
    if not home:
        pytest.skip("CLIENTS is not set; run make clients")
    (folder / "node_modules").symlink_to(Path(home) / "node_modules")
    script = folder / "snippet.mjs"
    script.write_text(text, "utf-8")
    # Browsers have WebSocket, Node from 22 on; before, it is behind a flag.
    return await output("node", "--experimental-websocket", str(script))
