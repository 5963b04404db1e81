"""Pieces of SDL text, laid out as GraphQL printers do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graphql.language import ValueNode

from router.composition.merge.merged import MergedDirective, MergedInput
from router.language.print_sdl import described
from router.language.values import value_text


def applied_text(name: str, arguments: Mapping[str, ValueNode]) -> str:
    """One applied directive."""
    if not arguments:
        return f"@{name}"
    return f"@{name}({', '.join(f'{n}: {value_text(v)}' for n, v in arguments.items())})"


def directives_text(directives: Iterable[MergedDirective]) -> list[str]:
    """The applied directives, one text each."""
    return [applied_text(d.name, d.arguments) for d in directives]


def spaced(parts: Iterable[str]) -> str:
    """The parts, each with a space before it."""
    return "".join(f" {part}" for part in parts)


def input_text(value: MergedInput, directives: str) -> str:
    """An argument or input field without its description; the directives are `spaced`."""
    default = f" = {value_text(value.default)}" if value.default is not None else ""
    return f"{value.name}: {value.type.text}{default}{directives}"


def arguments_text(printed: Sequence[tuple[str | None, str]], indent: str = "") -> str:
    """The argument list in parentheses: on one line, unless an argument has a description.

    Shapes: ``printed`` is description and text of each argument.
    """
    if not printed:
        return ""
    if not any(description for description, _ in printed):
        return "(" + ", ".join(text for _, text in printed) + ")"
    inner = indent + "  "
    lines = "\n".join(described(d, inner) + inner + text for d, text in printed)
    return f"(\n{lines}\n{indent})"


def block(lines: Iterable[str]) -> str:
    """The lines in braces."""
    return "{\n" + "\n".join(lines) + "\n}"
