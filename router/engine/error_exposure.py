"""What clients may read of the errors that subgraphs report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class ErrorExposure:
    """Of one subgraph, or of all.  ``code`` is always shown, ``service`` unless it is denied."""

    shows_message: bool = False
    allowed: frozenset[str] | None = frozenset()
    """The keys of ``extensions`` that are shown; None: all."""
    denied: frozenset[str] = frozenset()
    """Keys that are not shown, allowed or not."""

    @property
    def shows_service(self) -> bool:
        """Whether clients may read the subgraph's name."""
        return "service" not in self.denied

    def shown(self, extensions: Mapping[str, Any]) -> dict[str, Any]:
        """Give what is left of an error's extensions."""
        return {key: value for key, value in extensions.items() if self._shows(key)}

    def _shows(self, key: str) -> bool:
        if key == "code":
            return True
        is_allowed = key == "service" or self.allowed is None or key in self.allowed
        return is_allowed and key not in self.denied


MASKED: Final = ErrorExposure()
OPEN: Final = ErrorExposure(shows_message=True, allowed=None)


def exposure(value: bool | ErrorExposure) -> ErrorExposure:
    """Give what True (everything) and False (only codes and names) stand for."""
    if isinstance(value, ErrorExposure):
        return value
    return OPEN if value else MASKED


def narrowed(
    of_all: ErrorExposure,
    *,
    shows_message: bool | None,
    allow: Collection[str] | None,
    deny: Collection[str] | None,
    exclude: Collection[str] = (),
) -> ErrorExposure:
    """Give one subgraph's exposure from that of all and from what is said about it alone.

    Keys allowed or denied for all stay so unless they are in ``exclude``; None: nothing is said.
    """
    allowed = None if of_all.allowed is None else of_all.allowed - frozenset(exclude)
    if allow is not None:
        allowed = frozenset(allow) | (allowed or frozenset())
    elif deny is not None and not allowed:
        allowed = None
    return ErrorExposure(
        of_all.shows_message if shows_message is None else shows_message,
        allowed,
        (of_all.denied - frozenset(exclude)) | frozenset(deny or ()),
    )
