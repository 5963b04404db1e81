"""``${env.X}``, ``${env.X:-default}`` and ``${file.PATH}`` in values of the operator's files.

A default may hold expressions again, and braces in pairs.  ``$${`` stands for ``${`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.config.problem import ConfigError
from router.config.text import read_text


class ExpansionError(Exception):
    """A variable is not set, a file cannot be read, or the expression is none of the three."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with every expression replaced."""

    text: str
    variables: frozenset[str]
    """Names of the environment variables it asked for, set or not."""


_NEXT: Final = re.compile(r"\$\$\{|\$\{")
_VARIABLE: Final = re.compile(r"env\.([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


def expand(text: str, environment: Mapping[str, str], folder: Path) -> Expanded:
    """Replace every expression; a relative path of ``${file.PATH}`` starts at ``folder``.

    What a variable or a file gives is not expanded again.  A trailing line break of a file is left out.
    Raises: ExpansionError, whose text has no value in it.
    """
    parts: list[str] = []
    used: set[str] = set()
    position = 0
    while found := _NEXT.search(text, position):
        parts.append(text[position : found.start()])
        if found[0] == "$${":
            parts.append("${")
            position = found.end()
            continue
        position = _end_of(text, found.end())
        parts.append(_value(text[found.end() : position - 1], environment, folder, used))
    parts.append(text[position:])
    return Expanded("".join(parts), frozenset(used))


def _end_of(text: str, start: int) -> int:
    """Give the place behind the brace that closes the one before ``start``."""
    depth = 1
    for position in range(start, len(text)):
        if text[position] == "{":
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return position + 1
    raise ExpansionError("${ has no closing brace; write $${ for ${ itself")


def _value(expression: str, environment: Mapping[str, str], folder: Path, used: set[str]) -> str:
    if variable := _VARIABLE.fullmatch(expression):
        return _variable(variable[1], variable[2], environment, folder, used)
    kind, _, path = expression.partition(".")
    if kind == "file" and path:
        inner = expand(path, environment, folder)
        used |= inner.variables
        try:
            return read_text(folder / inner.text).removesuffix("\n").removesuffix("\r")
        except ConfigError as error:
            raise ExpansionError(f"${{file.{path}}}: {error}") from None
    raise ExpansionError(
        f"${{{expression}}} is not known: write ${{env.NAME}}, ${{env.NAME:-default}} or ${{file.PATH}}"
    )


def _variable(
    name: str, default: str | None, environment: Mapping[str, str], folder: Path, used: set[str]
) -> str:
    used.add(name)
    found = environment.get(name)
    if found or (found is not None and default is None):
        return found
    if default is None:
        raise ExpansionError(f"the environment variable {name} is not set")
    inner = expand(default, environment, folder)
    used |= inner.variables
    return inner.text
