"""A YAML file as plain values that still know the line they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from router.config.expand import ExpansionError, expand

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the top, for example ``("headers", "all", "request", 0)``."""

MAX_FILE_BYTES: Final = 4 * 1024 * 1024


class ConfigError(Exception):
    """A file of the operator cannot be used; one line per problem, each with file and line."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, with every ``${…}`` replaced."""

    path: Path
    values: dict[str, Any]
    lines: Mapping[KeyPath, int]
    """The line of each key and list item, counted from one."""

    def place(self, key_path: KeyPath) -> str:
        """Give ``file:line`` of a key, or of the nearest one around it."""
        for length in range(len(key_path), 0, -1):
            line = self.lines.get(key_path[:length])
            if line is not None:
                return f"{self.path}:{line}"
        return str(self.path)


def read_text(path: Path) -> str:
    """Give a file's text.  Raises: ConfigError, in words."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigError(f"{path}: the file is larger than {MAX_FILE_BYTES} bytes")
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: a folder, not a file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None


def read_document(path: Path, environment: Mapping[str, str]) -> Document:
    """Read a YAML file whose top is a mapping.

    ``${env.X}``, ``${env.X:-default}`` and ``${file.PATH}`` are replaced in text values.
    Raises: ConfigError for a missing file, bad YAML, a key given twice, a variable that is not set.
    """
    text = read_text(path)
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        reader = _Reader(path, environment, loader)
        values = {} if node is None else reader.value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = "" if mark is None else f":{mark.line + 1}"
        raise ConfigError(f"{path}{line}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply, or an anchor that contains itself") from None
    finally:
        loader.dispose()
    if not isinstance(values, dict):
        raise ConfigError(f"{path}:1: the file must be a mapping of keys to values")
    if reader.problems:
        raise ConfigError(*reader.problems)
    return Document(path, values, reader.lines)


class _Reader:
    def __init__(self, path: Path, environment: Mapping[str, str], loader: yaml.SafeLoader) -> None:
        self._path = path
        self._environment = environment
        self._loader = loader
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[str] = []

    def value(self, node: yaml.Node, key_path: KeyPath) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key_path)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self.lines[*key_path, index] = item.start_mark.line + 1
                items.append(self.value(item, (*key_path, index)))
            return items
        value = self._loader.construct_object(node)
        if not isinstance(value, str):
            return value
        try:
            return expand(value, self._environment, self._path.parent)
        except ExpansionError as error:
            self._problem(node, str(error))
            return value

    def _mapping(self, node: yaml.MappingNode, key_path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, "a key must be text")
                continue
            key = key_node.value
            if key in values:
                first = self.lines[*key_path, key]
                self._problem(key_node, f'the key "{key}" was given in line {first} already')
                continue
            self.lines[*key_path, key] = key_node.start_mark.line + 1
            values[key] = self.value(value_node, (*key_path, key))
        return values

    def _problem(self, node: yaml.Node, words: str) -> None:
        self.problems.append(f"{self._path}:{node.start_mark.line + 1}: {words}")
