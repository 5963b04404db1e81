"""The name of a @context is letters and digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import CONTEXT_NAME_INVALID
from router.federation.contexts import contexts

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def context_names_are_valid(source: Source) -> Iterator[CompositionError]:
    """An underscore is what joins the name to its subgraph's in the supergraph.

    Code: CONTEXT_NAME_INVALID.
    """
    for name, types in contexts(source.subgraph).items():
        if not _NAME.fullmatch(name):
            message = f'Context "{name}" must be letters and digits and begin with a letter; rename it'
            yield source.error(CONTEXT_NAME_INVALID, message, types[0].name, *types)
