"""A type with a contextual argument can be reached by key."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import CONTEXT_NO_RESOLVABLE_KEY
from router.federation.contexts import context_uses


def contextual_types_have_keys(source: Source) -> Iterator[CompositionError]:
    """The context is fetched first, and then the type by its key, with the argument.

    Code: CONTEXT_NO_RESOLVABLE_KEY.
    """
    for use in context_uses(source.subgraph):
        keys = source.use.keys.get(use.owner.name, ())
        if not any(key.is_resolvable for key in keys):
            message = (
                f'"{use.argument.coordinate}" takes its value from a context, but "{use.owner.name}" has no '
                "resolvable @key; add one"
            )
            yield source.error(CONTEXT_NO_RESOLVABLE_KEY, message, use.owner.name, use.owner, use.applied)
