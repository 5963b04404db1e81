"""Every composition case composes, or is rejected, as its last section says."""

from __future__ import annotations

import pytest

from router.composition.compose import compose
from router.composition.contract.contract import contract
from router.composition.result import Composed, Rejected, SubgraphInput
from router.federation.codes import CODES
from router.federation.hints import HINTS
from router.querygraph.satisfiability import MAX_VISITS
from tests.golden import CASES, Case, load_cases

NOT_YET: tuple[str, ...] = ()
"""Codes without a folder of cases; may only shrink."""

ALL = load_cases("composition")


def inputs(case: Case) -> list[SubgraphInput]:
    """The subgraphs, ``subgraph NAME at URL`` where the URL matters.

    A section ``unavailable NAME`` says why one could not be asked for its SDL.
    """
    given = [
        SubgraphInput(name, url or f"http://{name}/graphql", sdl)
        for title, sdl in case.texts("subgraph")
        for name, _, url in [title.partition(" at ")]
    ]
    return given + [
        SubgraphInput(name, f"http://{name}/graphql", "", unavailable=why)
        for name, why in case.texts("unavailable")
    ]


def outcome(case: Case, given: list[SubgraphInput]) -> Composed | Rejected:
    """Compose, within as many ``steps`` as a case allows, and take the ``contract`` it asks for.

    A case with ``text`` in place of subgraphs gives a contract a supergraph that it wrote itself.
    """
    sections = dict(case.sections[:-1])
    if "text" in sections:
        result: Composed | Rejected = Composed(sections["text"], "")
    else:
        result = compose(given, max_steps=int(sections.get("steps", MAX_VISITS)))
    if isinstance(result, Rejected) or "contract" not in sections:
        return result
    asked = [line.split() for line in sections["contract"].splitlines()]
    include = [word for line in asked if line[0] == "include" for word in line[1:]]
    exclude = [word for line in asked if line[0] == "exclude" for word in line[1:]]
    return contract(result.supergraph_sdl, include, exclude, ["hide", "unreachable"] in asked)


def errors_text(rejected: Rejected) -> str:
    lines: list[str] = []
    for error in rejected.errors:
        lines.append(f"{error.code} {error.at or '-'} ({', '.join(error.subgraphs)})")
        lines.append(f"  {error.message}")
        lines.extend(f"  at {node}" for node in error.nodes)
    return "\n".join(lines)


def hints_text(result: Composed | Rejected) -> str:
    return "\n".join(f"{hint.code} {hint.at}\n  {hint.message}" for hint in result.hints)


def fields_only(supergraph_sdl: str) -> str:
    """The supergraph without the definitions that every supergraph repeats."""
    parts = supergraph_sdl.strip("\n").split("\n\n")
    first = parts[0]
    kept = [p for p in parts[1:] if not _is_boilerplate(p)]
    return "\n\n".join([first, *kept])


def _is_boilerplate(part: str) -> bool:
    starts = (
        "directive @join__",
        "directive @link",
        "scalar join__",
        "scalar link__",
        "enum link__",
        "enum join__",
    )
    return part.startswith(starts) or "`EXECUTION` features" in part


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_case_says_what_composition_says(case: Case) -> None:
    result = outcome(case, inputs(case))
    title = case.sections[-1][0]
    if title == "errors":
        assert isinstance(result, Rejected), "composed, but should be rejected"
        case.check(errors_text(result))
        assert case.path.parent.name in {error.code for error in result.errors}
        return
    assert isinstance(result, Composed), errors_text(result) if isinstance(result, Rejected) else ""
    if title == "hints":
        case.check(hints_text(result))
    elif title == "api":
        case.check(result.api_sdl)
    else:
        case.check(fields_only(result.supergraph_sdl))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_the_order_of_subgraphs_changes_nothing(case: Case) -> None:
    given = inputs(case)
    assert outcome(case, given) == outcome(case, given[::-1])


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_case_that_fails(code: str) -> None:
    folder = CASES / "composition" / code
    failing = [c for c in ALL if c.path.parent == folder and c.sections[-1][0] == "errors"]
    assert bool(failing) != (code in NOT_YET), f"{code}: write a case, or take it off NOT_YET"


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_near_twin_that_passes(code: str) -> None:
    folder = CASES / "composition" / code
    assert [c for c in ALL if c.path.parent == folder and c.sections[-1][0] != "errors"], code


@pytest.mark.parametrize("code", sorted(HINTS))
def test_every_hint_has_a_case(code: str) -> None:
    texts = [c.sections[-1][1] for c in ALL if c.path.parent.name == "hints"]
    assert any(line.startswith(f"{code} ") for text in texts for line in text.splitlines()), code
