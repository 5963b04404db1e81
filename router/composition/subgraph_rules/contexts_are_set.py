"""A @fromContext names a context, and some type sets it."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import CONTEXT_NOT_SET, NO_CONTEXT_IN_SELECTION
from router.federation.contexts import context_uses, contexts
from router.federation.subgraph import Kind


def contexts_are_set(source: Source) -> Iterator[CompositionError]:
    """What is set nowhere can be read nowhere.

    Codes: NO_CONTEXT_IN_SELECTION, CONTEXT_NOT_SET.
    """
    known = contexts(source.subgraph)
    for use in context_uses(source.subgraph):
        at = use.argument.coordinate
        if use.context is None:
            message = f'@fromContext on "{at}" names no context; begin its field with "$" and a name'
            yield source.error(NO_CONTEXT_IN_SELECTION, message, at, use.applied)
        elif use.context not in known:
            message = f'"{at}" takes context "{use.context}", which no type sets; add @context above it'
            yield source.error(CONTEXT_NOT_SET, message, at, use.applied)
        if use.argument.default is not None:
            message = f'"{at}" takes its value from a context and may not have a default; remove it'
            yield source.error(CONTEXT_NOT_SET, message, at, use.argument)
        if use.owner.kind is Kind.INTERFACE:
            message = f'"{at}" is on an interface, where no context can be taken; use the implementing types'
            yield source.error(CONTEXT_NOT_SET, message, at, use.applied)
