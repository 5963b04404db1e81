"""A subgraph that resolves an interface by key knows all its implementations."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged
from router.composition.result import CompositionError
from router.federation.codes import INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE
from router.federation.subgraph import Kind


def interface_keys_know_all_implementations(merged: Merged) -> Iterator[CompositionError]:
    """Whoever promises to say which implementation a key belongs to must know them all.

    Code: INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE.
    """
    for source in merged.sources:
        for name, keys in source.use.keys.items():
            type_ = source.subgraph.types[name]
            if type_.kind is not Kind.INTERFACE or not any(k.is_resolvable for k in keys):
                continue
            known = {t.name for t in source.subgraph.implementations(name)}
            missing = [
                t.name for t in merged.implementations(name) if t.kind is Kind.OBJECT and t.name not in known
            ]
            if missing:
                message = (
                    f'{keys[0]} needs all implementations of "{name}", but subgraph "{source.name}" lacks '
                    f"{', '.join(missing)}; declare them there"
                )
                code = INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE
                yield source.error(code, message, name, type_)
