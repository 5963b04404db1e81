"""The order of a mutation's root fields, when conditions decide where a response key runs."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from router.language.operation import Condition, Conditions
from router.planning.serial import first_after

CONDITIONS = st.frozensets(st.builds(Condition, st.sampled_from("abc"), st.booleans()), max_size=3)


def holds(conditions: Conditions, values: dict[str, bool]) -> bool:
    return all(values[condition.variable] == condition.is_include for condition in conditions)


def is_possible(conditions: Conditions) -> bool:
    return all(Condition(c.variable, not c.is_include) not in conditions for c in conditions)


@given(CONDITIONS.filter(is_possible), st.lists(CONDITIONS.filter(is_possible), max_size=3))
def test_exactly_one_way_holds_when_the_occurrence_is_the_first(
    conditions: Conditions, skipped: list[Conditions]
) -> None:
    ways = first_after(conditions, skipped)
    for bits in product((True, False), repeat=3):
        values = dict(zip("abc", bits, strict=True))
        is_first = holds(conditions, values) and not any(holds(other, values) for other in skipped)
        assert sum(holds(way, values) for way in ways) == is_first
