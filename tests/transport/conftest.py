"""Every test of this room runs on asyncio's own loop and on uvloop, which differ in small ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loops under the tests."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
