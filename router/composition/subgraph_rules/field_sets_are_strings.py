"""The ``fields`` argument of @key, @requires and @provides is a string."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import (
    KEY_INVALID_FIELDS_TYPE,
    PROVIDES_INVALID_FIELDS_TYPE,
    REQUIRES_INVALID_FIELDS_TYPE,
)

_CODES: Final = {
    "key": KEY_INVALID_FIELDS_TYPE,
    "provides": PROVIDES_INVALID_FIELDS_TYPE,
    "requires": REQUIRES_INVALID_FIELDS_TYPE,
}


def field_sets_are_strings(source: Source) -> Iterator[CompositionError]:
    """Lists of strings are federation 1's, and only accepted there.

    Codes: KEY_INVALID_FIELDS_TYPE, PROVIDES_INVALID_FIELDS_TYPE, REQUIRES_INVALID_FIELDS_TYPE.
    """
    for use in source.use.uses:
        if not use.is_string and "fields" in use.applied.arguments:
            message = (
                f"The fields of @{use.directive} on {use.coordinate} are not a string; "
                'write them as one, like "id name"'
            )
            yield source.error(_CODES[use.directive], message, use.coordinate, use.applied)
