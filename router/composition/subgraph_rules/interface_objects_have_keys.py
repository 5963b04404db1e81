"""@interfaceObject stands on types with a @key."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merging import is_interface_object
from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import INTERFACE_OBJECT_USAGE_ERROR


def interface_objects_have_keys(source: Source) -> Iterator[CompositionError]:
    """Without a key, no router could learn which implementation it holds.

    Code: INTERFACE_OBJECT_USAGE_ERROR.
    """
    for type_ in source.subgraph.types.values():
        if is_interface_object(type_) and type_.name not in source.use.keys:
            message = f'"{type_.name}" is an @interfaceObject without a @key; add the key of its interface'
            yield source.error(INTERFACE_OBJECT_USAGE_ERROR, message, type_.name, type_)
