"""``compression``: of answers to clients."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.values import Section


class CompressionSection(Section):
    """``compression``: answers are compressed by zstd, br or gzip where ``Accept-Encoding`` allows it."""

    enabled: bool = True
    minimum_size: Annotated[int, Field(ge=0)] = 1024
    """Bytes; smaller answers are sent as they are."""


def min_compressed_bytes(section: CompressionSection) -> int | None:
    """None when answers are never compressed."""
    return section.minimum_size if section.enabled else None
