"""Casbin decides about policies by subject and role."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.guards.claims import Claims
from router.guards.policies import casbin_decision, policies_held

MODEL = """
[request_definition]
r = sub, obj
[policy_definition]
p = sub, obj
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj
"""
POLICY = "p, staff, read_salary\np, anna, own\np, anonymous, open\ng, carl, staff\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    model, policy = tmp_path / "model.conf", tmp_path / "policy.csv"
    model.write_text(MODEL)
    policy.write_text(POLICY)
    return model, policy


async def test_a_policy_holds_for_the_subject_or_one_of_its_roles(files: tuple[Path, Path]) -> None:
    decide = casbin_decision(*files, "sub", "roles")
    policies = frozenset({"read_salary", "own", "open"})
    for claims, held in (
        (None, {"open"}),
        (Claims({"sub": "anna"}), {"own"}),
        (Claims({"sub": "anna", "roles": ["staff"]}), {"own", "read_salary"}),
        (Claims({"sub": "carl"}), {"read_salary"}),
        (Claims({"sub": "dora", "roles": "guest"}), set()),
        (Claims({"sub": ["anna"]}), {"own"}),
        (Claims({}), {"open"}),
    ):
        assert await policies_held(decide, policies, {}, claims) == held


def test_files_that_are_none_of_casbins_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "model.conf"
    broken.write_text("nonsense")
    with pytest.raises(ValueError, match="Casbin"):
        casbin_decision(broken, broken, "sub", "roles")
