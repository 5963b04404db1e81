"""A second opinion on every case: npm's @theguild/federation-composition, where it is installed.

``ORACLE`` names a folder whose ``node_modules`` has it and graphql 16; without it the
tests are skipped.  Compared are the codes, the API schema without descriptions, and every
element's directives in the supergraph.  `DIFFERENCES` lists where we disagree, and why.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, lexicographic_sort_schema, parse, print_ast, print_schema

from router.composition.compose import compose
from router.composition.result import Composed
from tests.composition.oracle_differences import DIFFERENCES, NAMES
from tests.composition.test_cases import ALL, inputs
from tests.golden import Case

COMPARED = [c for c in ALL if all(title.startswith("subgraph ") for title, _ in c.sections[:-1])]
"""Contracts, budgets and subgraphs that do not answer are ours alone."""
ORACLE = os.environ.get("ORACLE")
pytestmark = pytest.mark.skipif(not ORACLE or not shutil.which("node"), reason="ORACLE or node is missing")


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    cases = [
        {"name": c.name, "subgraphs": [{"name": s.name, "url": s.url, "sdl": s.sdl} for s in inputs(c)]}
        for c in COMPARED
    ]
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("oracle.mjs")), str(ORACLE)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return {answer["name"]: answer for answer in json.loads(done.stdout)}


@pytest.mark.parametrize("case", COMPARED, ids=lambda case: case.name)
def test_the_oracle_agrees_or_the_difference_is_known(case: Case, answers: dict[str, dict[str, Any]]) -> None:
    differences = compare(case, answers[case.name])
    if case.name.removeprefix("composition/") in DIFFERENCES:
        assert differences, "the oracle agrees now: take the case off DIFFERENCES"
    else:
        assert differences == []


def test_every_known_difference_is_a_case() -> None:
    assert sorted(DIFFERENCES) == sorted(
        DIFFERENCES.keys() & {c.name.removeprefix("composition/") for c in ALL}
    )


def compare(case: Case, answer: dict[str, Any]) -> list[str]:
    """What differs, in words."""
    ours = compose(inputs(case))
    codes = sorted({error.code for error in ours.errors}) if not isinstance(ours, Composed) else []
    theirs = sorted({NAMES.get(code, code) for code in answer["codes"]})
    if codes != theirs:
        return [f"codes: {codes}, not {theirs}"]
    if not isinstance(ours, Composed):
        return []
    found = [] if api(ours.api_sdl) == api(answer["api"]) else ["the API schemas differ"]
    mine, other = joins(ours.supergraph_sdl), joins(answer["supergraph"])
    names = sorted(mine.keys() | other.keys())
    return found + [f"{n}: {mine.get(n)}, not {other.get(n)}" for n in names if mine.get(n) != other.get(n)]


def api(sdl: str) -> str:
    bare = re.sub(r'""".*?"""', "", sdl, flags=re.DOTALL)
    schema = build_schema(bare, assume_valid=True, assume_valid_sdl=True)
    return print_schema(lexicographic_sort_schema(schema))


def joins(sdl: str) -> dict[str, list[str]]:
    """Every element's type and directives, by coordinate; the version of join is ours to choose."""
    found: dict[str, list[str]] = {}
    for definition in parse(sdl).definitions:
        if definition.kind == "schema_definition":
            found["schema"] = [d for d in directives(definition) if "specs.apollo.dev/join" not in d]
        elif "type" in definition.kind and "__" not in definition.name.value:
            collect(definition, definition.name.value, found)
    return found


def collect(node: Any, coordinate: str, found: dict[str, list[str]]) -> None:
    kind = [print_ast(node.type)] if getattr(node, "type", None) else []
    found[coordinate] = kind + directives(node)
    for part in ("fields", "values", "arguments"):
        for child in getattr(node, part, None) or ():
            collect(child, f"{coordinate}.{child.name.value}", found)


def directives(node: Any) -> list[str]:
    texts = []
    for directive in node.directives or ():
        arguments = sorted(f"{a.name.value}: {print_ast(a.value)}" for a in directive.arguments or ())
        text = re.sub(r"[\s,]+", " ", f"@{directive.name.value}({' '.join(arguments)})")
        texts.append(re.sub(r'\s*([{}":])\s*', r"\1", text))
    return sorted(texts)
