"""A subgraph's SDL, read as a colleague would."""

from __future__ import annotations

from collections.abc import Mapping

from router.composition.lint.finding import LintWarning
from router.composition.lint.rules import RULES
from router.federation.read import read_subgraph


def lint(name: str, sdl: str, switched: Mapping[str, bool] | None = None) -> tuple[LintWarning, ...]:
    """Give what the rules do not like, in the order of the SDL; nothing for one that cannot be read.

    ``switched``: by code, whether a rule is asked; of the others each is as `LintRule.is_on` says.
    Cost: a reading of the SDL, and linear in it.
    """
    subgraph, _ = read_subgraph(name, "", sdl)
    if subgraph is None:
        return ()
    chosen = switched or {}
    found: list[tuple[int, LintWarning]] = []
    for rule in RULES:
        if chosen.get(rule.code, rule.is_on):
            for spot in rule.find(subgraph):
                line, column = subgraph.position(spot.at)
                found.append((spot.at, LintWarning(rule.code, spot.message, spot.coordinate, line, column)))
    return tuple(warning for _, warning in sorted(found, key=lambda one: (one[0], one[1].code)))
