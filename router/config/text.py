"""A file of the operator as text."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from router.config.problem import ConfigError, Problem

MAX_FILE_BYTES: Final = 4 * 1024 * 1024


def read_text(path: Path) -> str:
    """Give a file's text.  Raises: ConfigError, in words."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ConfigError(Problem("not a regular file", str(path)))
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigError(Problem(f"the file is larger than {MAX_FILE_BYTES} bytes", str(path)))
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(Problem("no such file", str(path))) from None
    except IsADirectoryError:
        raise ConfigError(Problem("a folder, not a file", str(path))) from None
    except UnicodeDecodeError:
        raise ConfigError(Problem("not UTF-8 text", str(path))) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path"
        raise ConfigError(Problem(f"cannot be read: {reason}", str(path))) from None
