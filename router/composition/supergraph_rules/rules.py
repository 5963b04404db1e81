"""The rules of the last gate but satisfiability, in the order in which their errors are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from router.composition.merge.merged import Merged
from router.composition.result import CompositionError

SupergraphRule = Callable[[Merged], Iterator[CompositionError]]

SUPERGRAPH_RULES: Final[tuple[SupergraphRule, ...]] = ()
"""Satisfiability is the next gate; it needs the query graph and opens when these find nothing."""
