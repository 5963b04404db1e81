"""What became live last, kept for a start without its source."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from router.telemetry.logs import get_log

_log = get_log("registry")


def keep(path: Path, content: bytes) -> None:
    """Keep the content, whole or not at all; a disk that cannot take it is logged, and what was kept stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        _log.error("the supergraph cannot be kept", file=str(path), reason=error.strerror)


def kept(path: Path) -> bytes | None:
    """Give what was kept; None where nothing can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None
