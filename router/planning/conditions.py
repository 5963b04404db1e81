"""Lists of conjunctions: when something is wanted at all, in the fewest words."""

from __future__ import annotations

from collections.abc import Iterable

from router.language.operation import Condition, Conditions


def simplify(conjunctions: Iterable[Conditions]) -> list[Conditions]:
    """Give a shorter list that holds in the same cases; one empty conjunction means always.

    A or (A and B) is A; (A and B) or (A and not B) is A.
    """
    known = set(conjunctions)
    while True:
        resolved = {
            conjunction - {condition}
            for conjunction in known
            for condition in conjunction
            if _without(conjunction, condition, known)
        }
        if resolved <= known:
            break
        known |= resolved
        known = set(_shortest(known))
    return _shortest(known)


def _without(conjunction: Conditions, condition: Condition, known: set[Conditions]) -> bool:
    """Whether the conjunction with the condition turned round is covered too."""
    turned = conjunction - {condition} | {Condition(condition.variable, not condition.is_include)}
    return any(other <= turned for other in known)


def _shortest(conjunctions: Iterable[Conditions]) -> list[Conditions]:
    kept: list[Conditions] = []
    for conjunction in sorted(conjunctions, key=lambda c: (len(c), sorted(c))):
        if not any(other <= conjunction for other in kept):
            kept.append(conjunction)
    return kept
