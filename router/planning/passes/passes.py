"""What is done to the fetches once all of them are decided, in this order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from router.planning.fetch_graph import FetchGraph
from router.planning.passes.drop_needless_waits import drop_needless_waits
from router.planning.passes.merge_entity_fetches import merge_entity_fetches
from router.planning.passes.share_conditional_selections import share_conditional_selections

Pass: TypeAlias = Callable[[FetchGraph], None]

PASSES: Final[tuple[Pass, ...]] = (
    merge_entity_fetches,
    drop_needless_waits,  # after merging, which adds waits
    share_conditional_selections,  # after merging, which brings selections together
)
