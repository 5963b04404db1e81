"""Field sets apply no directives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import (
    KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS,
    PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS,
    REQUIRES_HAS_DIRECTIVE_IN_FIELDS_ARGS,
)

_CODES: Final = {
    "key": KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS,
    "provides": PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS,
    "requires": REQUIRES_HAS_DIRECTIVE_IN_FIELDS_ARGS,
}


def field_sets_use_no_directives(source: Source) -> Iterator[CompositionError]:
    """What a router fetches for itself cannot depend on a client's directives.

    Codes: KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS, PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS,
    REQUIRES_HAS_DIRECTIVE_IN_FIELDS_ARGS.
    """
    for use in source.use.uses:
        if use.field_set is not None and any(node.has_directives for node in use.field_set.walk()):
            message = f"{use} uses a directive; remove it from the field set"
            yield source.error(_CODES[use.directive], message, use.coordinate, use.applied)
