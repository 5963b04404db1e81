"""A file of the operator as values, each with the place it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.config.problem import ConfigError, KeyPath, Problem, dotted
from router.config.text import read_text
from router.config.yaml_values import Origin, read_yaml


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, with every ``${…}`` replaced; the environment may have put its own over it."""

    path: Path | None
    """None: there is no file."""
    values: dict[str, Any] = field(default_factory=dict)
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    """The line of each key and list item, counted from one."""
    written: Mapping[KeyPath, str] = field(default_factory=dict)
    """Texts as they were written, where ``${…}`` was replaced in them."""
    used: frozenset[str] = frozenset()
    """Environment variables that ``${env.…}`` asked for."""
    variables: Mapping[KeyPath, str] = field(default_factory=dict)
    """The environment variable that gave a key its value, instead of the file."""

    @property
    def folder(self) -> Path:
        """Where relative paths start."""
        return Path() if self.path is None else self.path.parent

    def variable(self, key_path: KeyPath) -> str | None:
        """Give the environment variable that gave this key, or one around it."""
        for length in range(len(key_path), 0, -1):
            variable = self.variables.get(key_path[:length])
            if variable is not None or key_path[:length] in self.lines:
                return variable
        return None

    def line(self, key_path: KeyPath) -> int | None:
        """Give the line of a key, or of the nearest one around it."""
        lines = (self.lines.get(key_path[:length]) for length in range(len(key_path), 0, -1))
        return next((line for line in lines if line is not None), None)

    def problem(self, key_path: KeyPath, message: str, *, names_key: bool = True) -> Problem:
        """Tell what is wrong at a key."""
        key = dotted(key_path) if names_key else None
        variable = self.variable(key_path) or self._half_given_by(key_path)
        if variable is not None:
            return Problem(message, variable=variable, key=key)
        return Problem(message, None if self.path is None else str(self.path), self.line(key_path), key=key)

    def _half_given_by(self, key_path: KeyPath) -> str | None:
        """Give the variable that began a section of which the file has nothing and ``key_path`` is missing."""
        section = key_path[:-1]
        if not section or section in self.lines:
            return None
        began = (name for path, name in self.variables.items() if path[: len(section)] == section)
        return next(began, None)


def read_document(path: Path, environment: Mapping[str, str]) -> Document:
    """Read a YAML file whose top is a mapping.

    ``${env.X}``, ``${env.X:-default}`` and ``${file.PATH}`` are replaced in text values.
    Raises: ConfigError for a missing file, bad YAML, a key given twice, a variable that is not set.
    """
    found = read_yaml(read_text(path), Origin(str(path), None, path.parent), environment)
    values = {} if found.value is None else found.value
    if not isinstance(values, dict):
        raise ConfigError(Problem("the file must be a mapping of keys to values", str(path), 1))
    return Document(path, values, found.lines, found.written, frozenset(found.used))
