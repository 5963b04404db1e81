"""Random operations: the router's answer is the monolith's, and no subgraph is asked what it must not be.

More of the same, minimised: ``python -m tests.lab.run --domain NAME --seed S --count N``.
"""

from __future__ import annotations

import pytest

from tests.lab.domains.all import DOMAINS
from tests.lab.run import disagreements
from tests.lab.trial import Trials

SEED = "ci"
COUNT = 60
"""For each domain; some seconds."""


@pytest.mark.parametrize("name", DOMAINS)
def test_the_router_agrees_with_the_monolith(name: str) -> None:
    decisions = DOMAINS[name].decisions()
    found = next(
        (
            one
            for labels in decisions
            for one in disagreements(Trials(DOMAINS[name], labels=labels), SEED, COUNT // len(decisions))
        ),
        None,
    )
    if found is not None:
        seed, operation, outcome = found
        pytest.fail(
            f"{name} seed {seed}\n{operation.text}\n{operation.variables}\n{outcome.render()}", pytrace=False
        )
