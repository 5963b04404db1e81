"""What the engine does to the process it runs in."""

from __future__ import annotations

import gc
import sys

import pytest

from router.engine.engine import SWITCH_INTERVAL_S
from router.engine.options import EngineOptions
from tests.engine.sample import sample


@pytest.mark.parametrize("owns_process", [True, False])
async def test_a_process_is_tuned_for_serving_only_where_it_is_the_routers_own(owns_process: bool) -> None:
    before, thresholds = sys.getswitchinterval(), gc.get_threshold()
    try:
        async with sample(EngineOptions(owns_process=owns_process)):
            interval = sys.getswitchinterval()
    finally:
        sys.setswitchinterval(before)
        gc.set_threshold(*thresholds)
        gc.unfreeze()
    assert interval == pytest.approx(SWITCH_INTERVAL_S if owns_process else before)
