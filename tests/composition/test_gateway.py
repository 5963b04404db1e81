"""Supergraphs composed here load in npm's @apollo/gateway, and show the same API, where it is installed.

``ORACLE`` names a folder whose ``node_modules`` has it; see `test_oracle`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from router.composition.result import Composed
from tests.composition.oracle_differences import GATEWAY
from tests.composition.test_cases import ALL, inputs, outcome
from tests.composition.test_oracle import api
from tests.golden import Case

ORACLE = os.environ.get("ORACLE", "")
HAS_GATEWAY = Path(ORACLE, "node_modules", "@apollo", "gateway").is_dir() and bool(shutil.which("node"))
pytestmark = pytest.mark.skipif(not HAS_GATEWAY, reason="no ORACLE with @apollo/gateway")

COMPOSING = [case for case in ALL if case.sections[-1][0] != "errors"]


@pytest.fixture(scope="module")
def composed() -> dict[str, Composed]:
    found = {case.name: outcome(case, inputs(case)) for case in COMPOSING}
    return {name: result for name, result in found.items() if isinstance(result, Composed)}


@pytest.fixture(scope="module")
def answers(composed: dict[str, Composed]) -> dict[str, dict[str, Any]]:
    given = [{"name": name, "sdl": result.supergraph_sdl} for name, result in composed.items()]
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("gateway.mjs")), ORACLE],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return {answer["name"]: answer for answer in json.loads(done.stdout)}


@pytest.mark.parametrize("case", COMPOSING, ids=lambda case: case.name)
def test_the_gateway_loads_the_supergraph(
    case: Case, composed: dict[str, Composed], answers: dict[str, dict[str, Any]]
) -> None:
    answer = answers[case.name]
    if case.name.removeprefix("composition/") in GATEWAY:
        assert answer["error"] is not None or api(answer["api"]) != api(composed[case.name].api_sdl)
        return
    assert answer["error"] is None
    assert api(answer["api"]) == api(composed[case.name].api_sdl)
