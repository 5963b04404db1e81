"""``limits``: above one, a request is refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.values import Limit, Section
from router.guards.limits import LimitOptions


class LimitsSection(Section):
    """``limits``: above one, a request is refused.  ``null`` lifts a limit of an operation.

    What each counts is told by the file of its name in ``router/guards``.
    """

    http_max_request_bytes: Annotated[int, Field(gt=0)] = 2_000_000
    """Bytes of a body."""
    http1_max_request_buf_size: Annotated[int, Field(ge=1024)] = 65_536
    """Bytes of a request's line and headers."""
    parser_max_tokens: Annotated[int, Field(gt=0)] = 15_000
    """Tokens of a document."""
    max_depth: Limit = 100
    """Fields on the longest path."""
    max_height: Limit = 2_000
    """Fields; one repeated in a selection set counts once."""
    max_aliases: Limit = 500
    """Fields with an alias."""
    max_root_fields: Limit = 200
    """Fields of the root type, repeated ones too."""
    max_directives: Limit = 500
    """Directives on the operation and its selections."""
    max_total_fields: Limit = 5_000
    """Fields, repeated ones too."""
    max_list_items: Limit = 10_000
    """Items of the longest list, in the document or a request's variables."""
    max_complexity: Limit = 300
    """See docs/http.md for what counts."""
    warn_only: bool = False
    """An operation above a limit runs and is logged.  Sizes in bytes are never exceeded."""


def limit_options(section: LimitsSection) -> LimitOptions:
    """The limits as the guards take them."""
    return LimitOptions(
        max_depth=section.max_depth,
        max_height=section.max_height,
        max_aliases=section.max_aliases,
        max_root_fields=section.max_root_fields,
        max_directives=section.max_directives,
        max_total_fields=section.max_total_fields,
        max_list_items=section.max_list_items,
        max_complexity=section.max_complexity,
        warns_only=section.warn_only,
    )
