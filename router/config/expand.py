"""``${env.X}``, ``${env.X:-default}`` and ``${file.PATH}`` in values of the operator's files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final


class ExpansionError(Exception):
    """A variable is not set, a file cannot be read, or the expression is none of the three."""


_EXPRESSION: Final = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE: Final = re.compile(r"env\.([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


def expand(text: str, environment: Mapping[str, str], folder: Path) -> str:
    """Replace every expression; a relative path of ``${file.PATH}`` starts at ``folder``.

    What is put in is not expanded again.  A trailing line break of a file is left out.
    Raises: ExpansionError.
    """
    return _EXPRESSION.sub(lambda match: _value(match[1], environment, folder), text)


def _value(expression: str, environment: Mapping[str, str], folder: Path) -> str:
    if variable := _VARIABLE.fullmatch(expression):
        name, default = variable.groups()
        found = environment.get(name)
        if found or (found is not None and default is None):
            return found
        if default is None:
            raise ExpansionError(f"the environment variable {name} is not set")
        return default
    kind, _, path = expression.partition(".")
    if kind == "file" and path:
        try:
            return (folder / path).read_text("utf-8").removesuffix("\n")
        except (OSError, UnicodeDecodeError):
            raise ExpansionError(f"the file {folder / path} cannot be read") from None
    raise ExpansionError(
        f"${{{expression}}} is not known: write ${{env.NAME}}, ${{env.NAME:-default}} or ${{file.PATH}}"
    )
