"""Lines of Python, their indentation, and the names and constants in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from router.errors import InternalError

_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
MAX_INDENT: Final = 40
MAX_BLOCKS: Final = 16
"""Deeper text moves to a function of its own: Python allows 20 loops and tries in each other and 100 levels."""


def literal(name: str) -> str:
    """Give a GraphQL name as a Python string.

    Raises: InternalError for anything else; validation and planning never let it come so far.
    """
    if _NAME.fullmatch(name) is None:
        raise InternalError(f"not a GraphQL name: {name!r}")
    return repr(name)


class Writer:
    """Collects the lines of one module; all functions share its constants."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self._finished: list[str] = []
        self._lines: list[str] = []
        self._indent = 0
        self._blocks = 0
        self._names = 0

    def line(self, text: str) -> None:
        """Write one line."""
        self._lines.append("    " * self._indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write a head and indent what is written inside."""
        self.line(head)
        is_counted = head.startswith(("for ", "try", "except"))
        self._indent += 1
        self._blocks += is_counted
        before = len(self._lines)
        yield
        if len(self._lines) == before:
            self.line("pass")
        self._blocks -= is_counted
        self._indent -= 1

    @contextmanager
    def function(self, head: str) -> Iterator[None]:
        """Write a function beside the one being written."""
        outer = (self._lines, self._indent, self._blocks)
        self._lines, self._indent, self._blocks = [], 0, 0
        with self.block(head):
            yield
        self._finished.extend([*self._lines, "", ""])
        self._lines, self._indent, self._blocks = outer

    @property
    def is_deep(self) -> bool:
        """Whether the next object should get a function of its own."""
        return self._indent >= MAX_INDENT or self._blocks >= MAX_BLOCKS

    def mark(self) -> int:
        """Give a position that `insert_at` can come back to."""
        return len(self._lines)

    def insert_at(self, mark: int, text: str) -> None:
        """Write a line at an earlier position of the function, indented as the present one."""
        self._lines.insert(mark, "    " * self._indent + text)

    def name(self, prefix: str) -> str:
        """Give a name not used before."""
        self._names += 1
        return f"{prefix}{self._names}"

    def constant(self, prefix: str, value: Any) -> str:
        """Give the name under which the text finds a value."""
        for name, known in self.namespace.items():
            if known is value or (type(known) is type(value) and name.startswith(prefix) and known == value):
                return name
        name = self.name(prefix)
        self.namespace[name] = value
        return name

    def text(self) -> str:
        """Give everything written."""
        return "\n".join(self._finished).rstrip("\n") + "\n"
