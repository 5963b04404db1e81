"""Every behaviour that routers have been seen to get wrong, end to end, by both ways to a supergraph."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.behaviours.runner import check_response, run, ways_in, write_requests
from tests.golden import Case, load_cases

NOT_YET: tuple[tuple[str, str], ...] = ()
"""Ids of tests (or their beginnings) that fail for now, with the reason; GOLDEN=update leaves them alone."""


def _parameters() -> list[Any]:
    found = []
    for case in load_cases("behaviours"):
        for operation, _ in case.texts("operation"):
            for way in ways_in(case):
                name = f"{case.name.removeprefix('behaviours/').removesuffix('.case')}-{operation}-{way}"
                reason = next((why for start, why in NOT_YET if name.startswith(start)), None)
                marks = [] if reason is None else [pytest.mark.xfail(reason=reason, strict=True)]
                found.append(pytest.param(case, operation, way, id=name, marks=marks))
    return found


@pytest.mark.parametrize(("case", "operation", "way"), _parameters())
async def test_the_router_answers_as_due_with_the_requests_it_needs(
    case: Case, operation: str, way: str, request: pytest.FixtureRequest
) -> None:
    outcome = await run(case, way, operation)
    is_expected_to_fail = request.node.get_closest_marker("xfail") is not None
    is_update = os.environ.get("GOLDEN") == "update" and not is_expected_to_fail
    if is_update and way == ways_in(case)[0]:
        write_requests(case, operation, outcome.requests)
    assert not outcome.faults, "\n".join([*outcome.faults, outcome.requests])
    check_response(json.loads(dict(case.texts("response"))[operation]), outcome.response)
    if not is_update:
        assert outcome.requests == dict(case.texts("requests"))[operation]
