"""One default out of several."""

from __future__ import annotations

from collections.abc import Sequence

from graphql.language import ValueNode

from router.composition.merge.say import by_value
from router.composition.source import Declared, Findings
from router.federation.hints import INCONSISTENT_DEFAULT_VALUE_PRESENCE
from router.federation.subgraph import InputValue
from router.language.values import comparable, value_text


def merge_defaults(
    declared: Sequence[Declared[InputValue]], mismatch: str, findings: Findings
) -> ValueNode | None:
    """The default all subgraphs agree on; one that some lack is dropped.

    Code: ``mismatch``, when two subgraphs give values that do not mean the same.
    """
    given = [(d, d.element.default) for d in declared if d.element.default is not None]
    if not given:
        return None
    coordinate = declared[0].element.coordinate
    first = given[0][1]
    if len({comparable(value) for _, value in given if value is not None}) > 1:
        values = by_value([d for d, _ in given], _show)
        message = f'"{coordinate}" has default {values}; use one default in every subgraph'
        findings.error(mismatch, message, coordinate, declared)
    elif len(given) < len(declared):
        message = (
            f'"{coordinate}" has default {by_value(declared, _show)}; a default that is not in every '
            "subgraph is not shown to clients"
        )
        findings.hint(INCONSISTENT_DEFAULT_VALUE_PRESENCE, message, coordinate, declared)
        return None
    return first


def _show(value: InputValue) -> str:
    return value_text(value.default) if value.default is not None else "none"
