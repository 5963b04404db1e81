"""No @requires or @provides on interface fields; @key on interfaces from federation 2.3 on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import (
    KEY_UNSUPPORTED_ON_INTERFACE,
    PROVIDES_UNSUPPORTED_ON_INTERFACE,
    REQUIRES_UNSUPPORTED_ON_INTERFACE,
)
from router.federation.subgraph import Kind

_CODES: Final = {
    "key": KEY_UNSUPPORTED_ON_INTERFACE,
    "provides": PROVIDES_UNSUPPORTED_ON_INTERFACE,
    "requires": REQUIRES_UNSUPPORTED_ON_INTERFACE,
}


def interfaces_carry_no_field_sets(source: Source) -> Iterator[CompositionError]:
    """An interface resolves nothing; its implementations do.

    Codes: KEY_UNSUPPORTED_ON_INTERFACE, PROVIDES_UNSUPPORTED_ON_INTERFACE,
    REQUIRES_UNSUPPORTED_ON_INTERFACE.
    """
    for use in source.use.uses:
        if use.owner.kind is not Kind.INTERFACE:
            continue
        if use.directive == "key":
            if source.subgraph.version >= (2, 3):
                continue
            advice = "link federation v2.3 or newer, or put it on the implementing types"
        else:
            advice = "put it on the fields of the implementing types"
        message = f'Cannot use {use}: "{use.owner.name}" is an interface; {advice}'
        yield source.error(_CODES[use.directive], message, use.coordinate, use.applied)
