"""YAML text as plain values that still know their lines.

Anchors, aliases and merge keys (``<<``) work; what they spell out is bounded, and so is the nesting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from router.config.expand import ExpansionError, expand
from router.config.problem import ConfigError, KeyPath, Problem, dotted

MAX_DEPTH: Final = 64
MAX_VALUES: Final = 200_000
"""With every alias spelled out: a few lines of anchors can stand for billions."""

_MERGE: Final = "tag:yaml.org,2002:merge"
_COLLECTIONS: Final = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


@dataclass(slots=True)
class YamlValues:
    """What a text says, with every ``${…}`` replaced."""

    value: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    """The line of each key and list item, counted from one."""
    written: dict[KeyPath, str] = field(default_factory=dict)
    """Texts as they were written, where ``${…}`` was replaced in them."""
    used: set[str] = field(default_factory=set)
    """Environment variables that the text asked for."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text comes from: a file, or an environment variable."""

    file: str | None
    variable: str | None
    folder: Path
    """Where relative paths of ``${file.PATH}`` start."""

    def problem(self, message: str, line: int | None = None, key: str | None = None) -> Problem:
        """Tell a problem of this text."""
        return Problem(message, self.file, None if self.file is None else line, self.variable, key)


def read_yaml(text: str, origin: Origin, environment: Mapping[str, str], top: KeyPath = ()) -> YamlValues:
    """Read one YAML document, whose value stands at the key ``top``.

    Raises: ConfigError for bad YAML, a key given twice, a variable that is not set, too much of it.
    """
    reader: _Reader | None = None
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            reader = _Reader(origin, environment, loader)
            if node is not None:
                reader.found.value = reader.value(node, top, 1)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        words = error.problem or error.context or ""
        if "'\\t'" in words:
            words = "found a tab; indent with spaces"
        raise ConfigError(origin.problem(f"not YAML: {words}", line, dotted(top))) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(origin.problem(f"not YAML: {error.reason}", line, dotted(top))) from None
    if reader.problems:
        raise ConfigError(*reader.problems)
    return reader.found


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, with a bound on nesting before it recurses."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > 2 * MAX_DEPTH:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it out
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


class _Reader:
    def __init__(self, origin: Origin, environment: Mapping[str, str], loader: yaml.SafeLoader) -> None:
        self._origin = origin
        self._environment = environment
        self._loader = loader
        self._count = 0
        self.found = YamlValues()
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, key_path: KeyPath, depth: int) -> Any:
        self._check_size(node, depth)
        if not isinstance(node, yaml.ScalarNode) and node.tag not in _COLLECTIONS:
            self._problem(node, key_path, f"the tag {node.tag} is not known here")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key_path, depth)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self.found.lines[*key_path, index] = item.start_mark.line + 1
                items.append(self.value(item, (*key_path, index), depth + 1))
            return items
        try:
            value = self._loader.construct_object(node)
        except ValueError:  # a date such as 2026-13-01, a number of 5000 digits
            self._problem(node, key_path, "this is no value; put it in quotes if it is text")
            return None
        return self._expanded(node, value, key_path) if isinstance(value, str) else value

    def _expanded(self, node: yaml.Node, text: str, key_path: KeyPath) -> str:
        if "${" not in text:
            return text
        try:
            expanded = expand(text, self._environment, self._origin.folder)
        except ExpansionError as error:
            self._problem(node, key_path, str(error))
            return text
        self.found.used |= expanded.variables
        self.found.written[key_path] = text
        return expanded.text

    def _mapping(self, node: yaml.MappingNode, key_path: KeyPath, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: list[tuple[yaml.Node, yaml.Node]] = []
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged.append((key_node, value_node))
            elif not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, key_path, "a key must be text")
            elif key_node.value in values:
                first = self.found.lines[*key_path, key_node.value]
                words = f'the key "{key_node.value}" was given in line {first} already'
                self._problem(key_node, key_path, words)
            else:
                self._put(values, key_node, value_node, key_path, depth)
        for key_node, value_node in merged:
            sources = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            self._merge(values, key_node, sources, key_path, depth)
        return values

    def _put(
        self,
        values: dict[str, Any],
        key_node: yaml.ScalarNode,
        value_node: yaml.Node,
        key_path: KeyPath,
        depth: int,
    ) -> None:
        key = key_node.value
        self.found.lines[*key_path, key] = key_node.start_mark.line + 1
        values[key] = self.value(value_node, (*key_path, key), depth + 1)

    def _merge(
        self,
        values: dict[str, Any],
        merge_node: yaml.Node,
        sources: list[yaml.Node],
        key_path: KeyPath,
        depth: int,
    ) -> None:
        """Add what is not there yet; of several sources the first that has a key gives it."""
        for source in sources:
            self._check_size(merge_node, depth)
            if not isinstance(source, yaml.MappingNode):
                self._problem(merge_node, key_path, "<< takes a mapping or a list of mappings")
                continue
            inherited: list[tuple[yaml.Node, yaml.Node]] = []
            for key_node, value_node in source.value:
                if key_node.tag == _MERGE:
                    inherited.append((key_node, value_node))
                elif isinstance(key_node, yaml.ScalarNode) and key_node.value not in values:
                    self._put(values, key_node, value_node, key_path, depth)
            for key_node, value_node in inherited:
                above = value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                self._merge(values, key_node, above, key_path, depth + 1)

    def _check_size(self, node: yaml.Node, depth: int) -> None:
        self._count += 1
        if depth > MAX_DEPTH:
            words = "nested too deeply, or an anchor that contains itself"
        elif self._count > MAX_VALUES:
            words = f"more than {MAX_VALUES} values, with every alias spelled out"
        else:
            return
        raise yaml.MarkedYAMLError(problem=words, problem_mark=node.start_mark)

    def _problem(self, node: yaml.Node, key_path: KeyPath, words: str) -> None:
        self.problems.append(self._origin.problem(words, node.start_mark.line + 1, dotted(key_path)))
