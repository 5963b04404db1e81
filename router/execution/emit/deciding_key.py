"""Finds the one value from which all that an object shows follows."""

from __future__ import annotations

from router.execution.places import Variant
from router.execution.sources import Key, Read


def deciding_key(variant: Variant) -> Key | None:
    """Give the key of an entity source whose value decides everything the object shows; None: nothing does."""
    if not variant.place.is_concrete:
        return None
    for source in variant.sources:
        key = source.key
        if key is None or key.read is None:
            continue
        own = (key.read.source, key.read.wire_key)
        if all(_follows(variant, read, own) for shown in variant.shown for read in shown.reads):
            return key
    return None


def _follows(variant: Variant, read: Read, own: tuple[int, str]) -> bool:
    """Say whether what is read follows from the value at ``own`` alone."""
    if (read.source, read.wire_key) == own:
        return True
    key = variant.sources[read.source].key
    return key is not None and key.read is not None and (key.read.source, key.read.wire_key) == own
