"""What is wrong with the operator's files and environment, told by place and key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the top, for example ``("headers", "all", "request", 0)``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct.  Its text never has a configured value in it: some are secrets."""

    message: str
    file: str | None = None
    line: int | None = None
    """Counted from one; None where the whole file is meant."""
    variable: str | None = None
    """The environment variable that gave the value, instead of a file."""
    key: str | None = None
    """For example ``headers.all.request.0.insert``."""

    def __str__(self) -> str:
        place = self.variable
        if place is None and self.file is not None:
            place = self.file if self.line is None else f"{self.file}:{self.line}"
        words = self.message if self.key is None else f"{self.key}: {self.message}"
        return words if place is None else f"{place}: {words}"


class ConfigError(Exception):
    """The configuration cannot be used; one line per problem, each with its place where there is one."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(
            problem if isinstance(problem, Problem) else Problem(problem) for problem in problems
        )
        super().__init__("\n".join(map(str, self.problems)))


def dotted(key_path: KeyPath) -> str | None:
    """Give a key as it is told; None for the top."""
    return ".".join(map(str, key_path)) or None
