"""The 61 server audits of npm's graphql-http, against a served app.

The package is installed once into a cache folder outside the tree.  Without Node the test is skipped; with CI
set, a package that cannot be installed fails it.
Spec: GraphQL over HTTP; the audits are its MUSTs, SHOULDs and MAYs.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from router.server.app import create_app
from router.server.options import ServerOptions
from tests.engine.sample import Sample
from tests.serving import serving

PACKAGES = ("graphql-http@1.23.1", "graphql@16.11.0")
AUDITS = 61
SCRIPT = Path(__file__).with_name("audits.mjs")


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder whose ``node_modules`` has the packages."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("no Node on this machine")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "olympus-router" / "-".join(PACKAGES).replace("@", "-")
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    flags = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock")
    done = subprocess.run([npm, "install", *flags, *PACKAGES], cwd=folder, check=False, timeout=120)
    if done.returncode:
        message = f"npm cannot install {' '.join(PACKAGES)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    (folder / "complete").touch()
    return folder


async def audited(folder: Path, url: str) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), str(folder), url, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    assert process.returncode == 0
    results: list[dict[str, Any]] = json.loads(output)
    return results


async def test_every_audit_is_ok_without_a_warning_or_a_notice(packages: Path) -> None:
    async with serving(create_app(Sample().engine, ServerOptions())) as origin:
        results = await audited(packages, f"{origin}/graphql")
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
