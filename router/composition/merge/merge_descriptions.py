"""One description out of several: the most frequent wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from router.composition.source import Declared, Findings, Placed
from router.federation.hints import INCONSISTENT_DESCRIPTION


class Described(Placed, Protocol):
    """Anything that may have a description."""

    @property
    def description(self) -> str | None:
        """The text, if there is one."""


def merge_descriptions(
    declared: Sequence[Declared[Described]], coordinate: str, findings: Findings
) -> str | None:
    """The description that most subgraphs give; of equally frequent ones the first."""
    texts = [d.element.description for d in declared if d.element.description]
    if not texts:
        return None
    counts = Counter(texts)
    chosen, _ = counts.most_common(1)[0]
    if len(counts) > 1:
        message = (
            f'"{coordinate}" has {len(counts)} different descriptions; the supergraph takes the most '
            "frequent one. Give it the same description in every subgraph"
        )
        findings.hint(INCONSISTENT_DESCRIPTION, message, coordinate, declared)
    return chosen
