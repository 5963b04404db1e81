"""``file_uploads``: files in requests, by the GraphQL multipart request specification."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.config.values import Section, Size
from router.server.upload_body import UploadOptions


class UploadLimitsSection(Section):
    """``file_uploads.limits``."""

    max_files: Annotated[int, Field(gt=0, le=1000)] = 10
    """Of one request."""
    max_file_size: Size = 10_000_000
    """Bytes of one file."""
    max_request_size: Size = 50_000_000
    """Bytes of the whole form, all files included."""
    max_buffered_size: Size = 1_000_000
    """Bytes of files that came too early for the subgraph that takes them; the rest is never kept in memory."""


class FileUploadsSection(Section):
    """``file_uploads``: forms with files, streamed to the one subgraph that takes them."""

    enabled: bool = False
    """Such a form needs a header that forces a preflight, like apollo-require-preflight."""
    limits: UploadLimitsSection = UploadLimitsSection()


def upload_options(section: FileUploadsSection) -> UploadOptions | None:
    """None when they are off."""
    if not section.enabled:
        return None
    limits = section.limits
    return UploadOptions(
        limits.max_files, limits.max_file_size, limits.max_request_size, limits.max_buffered_size
    )
