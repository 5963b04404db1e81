"""The rules of the second gate, in the order in which their errors are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source

SubgraphRule = Callable[[Source], Iterator[CompositionError]]

SUBGRAPH_RULES: Final[tuple[SubgraphRule, ...]] = ()
