"""Which subgraphs the configuration names, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel

from router.config.model import RouterConfig
from router.config.shape import keys_of

_BY_SUBGRAPH: Final = frozenset({"subgraphs", "override_subgraph_url"})
"""The keys under which names of subgraphs stand, wherever they are."""


def named_subgraphs(config: RouterConfig) -> tuple[tuple[str, str], ...]:
    """Give each key that is for one subgraph, and that subgraph's name."""
    return tuple(_named(config, ""))


def _named(section: BaseModel, prefix: str) -> Iterator[tuple[str, str]]:
    for (key, _), attribute in zip(keys_of(type(section)).items(), type(section).model_fields, strict=True):
        value = getattr(section, attribute)
        if isinstance(value, BaseModel):
            yield from _named(value, f"{prefix}{key}.")
        elif key in _BY_SUBGRAPH and isinstance(value, dict):
            yield from ((f"{prefix}{key}.{name}", name) for name in value)
