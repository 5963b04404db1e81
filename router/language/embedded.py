"""GraphQL texts within other languages: tagged templates of JavaScript and its kin, ``gql("…")`` of Python.

Regular-expression literals with a quote in them may hide what follows on their line; nothing else is guessed at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

JAVASCRIPT_SUFFIXES: Final = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte")
GRAPHQL_SUFFIXES: Final = (".graphql", ".gql")
PYTHON_SUFFIXES: Final = (".py",)

_TAGS: Final = ("gql", "graphql")
_TOKEN: Final = re.compile(
    r"""
    (?P<graphql>/\*\s*GraphQL\s*\*/\s*`|\b(?:gql|graphql)\s*(?:<[^`;()]*>\s*)?\(?\s*(?:/\*\s*GraphQL\s*\*/\s*)?`)
    |//[^\n]*|/\*.*?\*/
    |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'
    |(?P<template>`)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\([`$\\{])")


class EmbeddedTextError(Exception):
    """A text depends on what is only known when the program runs; ``line`` is where."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """One GraphQL text and the line it begins at, counted from one."""

    text: str
    line: int


def embedded_texts(source: str, suffix: str) -> Iterator[EmbeddedText]:
    """Give the GraphQL texts of a file's text; the suffix tells the language.

    ``${FRAGMENT}`` outside of selections is left out: fragments are found by name.
    Raises: EmbeddedTextError; SyntaxError for Python that is none.
    """
    if suffix in GRAPHQL_SUFFIXES:
        yield EmbeddedText(source, 1)
    elif suffix in PYTHON_SUFFIXES:
        yield from _python(source)
    else:
        yield from _javascript(source)


def _javascript(source: str) -> Iterator[EmbeddedText]:
    position = 0
    while token := _TOKEN.search(source, position):
        position = token.end()
        if token["graphql"] is None and token["template"] is None:
            continue
        line = source.count("\n", 0, position) + 1
        text, position = _template(source, position, line, is_graphql=token["graphql"] is not None)
        if token["graphql"] is not None:
            yield EmbeddedText(text, line)


def _template(source: str, start: int, line: int, *, is_graphql: bool) -> tuple[str, int]:
    """Give what a template says and the place behind it."""
    parts: list[str] = []
    position, begin = start, start
    while position < len(source):
        if source[position] == "\\":
            position += 2
        elif source[position] == "`":
            parts.append(source[begin:position])
            return _ESCAPE.sub(r"\1", "".join(parts)), position + 1
        elif source.startswith("${", position):
            parts.append(source[begin:position])
            if is_graphql and "".join(parts).count("{") > "".join(parts).count("}"):
                at = source.count("\n", 0, position) + 1
                raise EmbeddedTextError("a selection is put together when the program runs", at)
            position = begin = _end_of_expression(source, position + 2)
        else:
            position += 1
    raise EmbeddedTextError("a template has no end", line)


def _end_of_expression(source: str, start: int) -> int:
    depth = 1
    for position in range(start, len(source)):
        depth += {"{": 1, "}": -1}.get(source[position], 0)
        if depth == 0:
            return position + 1
    return len(source)


def _python(source: str) -> Iterator[EmbeddedText]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        argument = node.args[0]
        if name not in _TAGS:
            continue
        if isinstance(argument, ast.JoinedStr):
            raise EmbeddedTextError("a text is put together when the program runs", argument.lineno)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield EmbeddedText(argument.value, argument.lineno)
