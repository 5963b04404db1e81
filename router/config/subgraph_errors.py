"""``include_subgraph_errors``: what clients may read of subgraphs' errors."""

from __future__ import annotations

from pydantic import Field, model_validator

from router.config.values import Section
from router.engine.error_exposure import MASKED, OPEN, ErrorExposure, exposure, narrowed


class ErrorExposureSection(Section):
    """``include_subgraph_errors.all``, as an object."""

    redact_message: bool = False
    """Whether clients get a fixed message instead of the subgraph's."""
    allow_extensions_keys: tuple[str, ...] | None = None
    """Only these, beside ``code`` and ``service``."""
    deny_extensions_keys: tuple[str, ...] | None = None
    """All but these; ``service`` may be one of them."""

    @model_validator(mode="after")
    def _has_one_list(self) -> ErrorExposureSection:
        if self.allow_extensions_keys is not None and self.deny_extensions_keys is not None:
            raise ValueError("give allow_extensions_keys or deny_extensions_keys, not both")
        return self


class SubgraphErrorExposureSection(Section):
    """``include_subgraph_errors.subgraphs.NAME``, as an object: it adds to what is said for all."""

    redact_message: bool | None = None
    """Whether clients get a fixed message instead of the subgraph's."""
    allow_extensions_keys: tuple[str, ...] | None = None
    """These too, beside those allowed for all."""
    deny_extensions_keys: tuple[str, ...] | None = None
    """Not these, beside those denied for all."""
    exclude_global_keys: tuple[str, ...] = ()
    """Keys of the lists for all that do not hold for this subgraph."""

    @model_validator(mode="after")
    def _has_one_list(self) -> SubgraphErrorExposureSection:
        if self.allow_extensions_keys is not None and self.deny_extensions_keys is not None:
            raise ValueError("give allow_extensions_keys or deny_extensions_keys, not both")
        return self


class SubgraphErrorsSection(Section):
    """``include_subgraph_errors``: whose messages and extensions clients may read; codes are always shown.

    true: everything; false: nothing but ``code`` and ``service``.
    """

    all: bool | ErrorExposureSection = False
    """For every subgraph that is not named below."""
    subgraphs: dict[str, bool | SubgraphErrorExposureSection] = Field(default_factory=dict)
    """By subgraph; true or false instead of ``all``, an object in addition to it."""


def error_exposure(
    section: SubgraphErrorsSection, *, is_development: bool
) -> tuple[bool | ErrorExposure, dict[str, bool | ErrorExposure]]:
    """What of all subgraphs' errors is shown, and of single ones; in development everything is unless denied."""
    of_all = (section.all or is_development) if isinstance(section.all, bool) else _of_all(section.all)
    return of_all, {
        name: one if isinstance(one, bool) else _of_one(one, exposure(of_all))
        for name, one in section.subgraphs.items()
    }


def _of_all(section: ErrorExposureSection) -> ErrorExposure:
    return narrowed(
        MASKED,
        shows_message=not section.redact_message,
        allow=section.allow_extensions_keys,
        deny=section.deny_extensions_keys,
    )


def _of_one(section: SubgraphErrorExposureSection, of_all: ErrorExposure) -> ErrorExposure:
    shows_message = None if section.redact_message is None else not section.redact_message
    if shows_message is None and of_all in (OPEN, MASKED):
        # A yes or no for all says nothing about messages of a subgraph that has rules of its own.
        shows_message = True
    return narrowed(
        MASKED if of_all == OPEN else of_all,
        shows_message=shows_message,
        allow=section.allow_extensions_keys,
        deny=section.deny_extensions_keys,
        exclude=section.exclude_global_keys,
    )
