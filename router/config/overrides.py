"""``override_labels``: progressive overrides."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any

from pydantic import Field, model_validator

from router.config.problem import ConfigError, Problem
from router.config.values import HeaderName, Section
from router.engine.override_labels import OverrideOptions


class StickyBy(Section):
    """``override_labels.sticky_by``: what makes a caller the same caller."""

    header: HeaderName | None = None
    """A header of the request."""
    claim: str | None = None
    """A claim of the token."""

    @model_validator(mode="after")
    def _has_one(self) -> StickyBy:
        if (self.header is None) == (self.claim is None):
            raise ValueError("give header or claim, one of them")
        return self


class OverrideLabelsSection(Section):
    """``override_labels``: which labels of progressive overrides are on."""

    labels: dict[str, bool] = Field(default_factory=dict)
    """Labels that are on or off for everyone.

    ``percent(n)`` labels need no entry: they are on for that share of callers.
    """
    sticky_by: StickyBy | None = None
    function: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] | None = None
    """``module:function(label, headers, claims) -> bool | None``."""


def override_options(section: OverrideLabelsSection) -> OverrideOptions:
    """How labels are decided.  Raises: ConfigError for a function that is not there."""
    sticky = section.sticky_by
    return OverrideOptions(
        section.labels,
        None if sticky is None or sticky.header is None else sticky.header.encode(),
        None if sticky is None else sticky.claim,
        None if section.function is None else imported_function(section.function, "override_labels.function"),
    )


def imported_function(path: str, key: str) -> Callable[..., Any]:
    """Give the function ``module:name``.  Raises: ConfigError."""
    module, _, name = path.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(Problem(f"{path} cannot be imported: {error}", key=key)) from error
    if not callable(found):
        raise ConfigError(Problem(f"{path} is not a function", key=key))
    return found
