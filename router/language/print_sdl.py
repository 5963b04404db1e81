"""An `SdlDocument` back to text, laid out as composition lays out a supergraph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from graphql.language.block_string import print_block_string

from router.language.sdl_nodes import (
    SdlDefinition,
    SdlDirective,
    SdlDirectiveDefinition,
    SdlDirectiveExtension,
    SdlDocument,
    SdlEnumValue,
    SdlField,
    SdlInput,
    SdlSchemaBlock,
    SdlType,
    SdlTypeBlock,
)
from router.language.values import value_text

T = TypeVar("T", SdlField, SdlInput, SdlEnumValue)


def print_sdl(document: SdlDocument) -> str:
    """Give the text, definitions in their order.

    Invariant: ``parse_sdl(print_sdl(d))`` says what ``d`` says, places apart.
    """
    return "\n\n".join(map(_definition, document.definitions)) + "\n"


def described(description: str | None, indent: str = "") -> str:
    """The description as a block string with a newline after it, or nothing."""
    if not description:
        return ""
    block = print_block_string(description)
    if "\n" not in block:
        block = f'"""\n{block[3:-3].rstrip()}\n"""'
    lines = (f"{indent}{line}" if line else "" for line in block.split("\n"))
    return "\n".join(lines) + "\n"


def _definition(node: SdlDefinition) -> str:
    if isinstance(node, SdlSchemaBlock):
        head = f"{described(node.description)}{'extend ' if node.is_extension else ''}schema"
        roots = "\n".join(f"  {operation}: {root.name}" for operation, root in node.roots)
        return head + _below(node.directives) + (f"\n{{\n{roots}\n}}" if roots else "")
    if isinstance(node, SdlDirectiveDefinition):
        arguments, repeatable = _arguments(node.arguments), " repeatable" if node.is_repeatable else ""
        locations = " | ".join(node.locations)
        uses = _beside(node.directives)
        return (
            f"{described(node.description)}directive @{node.name}{arguments}{uses}{repeatable} on {locations}"
        )
    if isinstance(node, SdlDirectiveExtension):
        return f"extend directive @{node.name}{_beside(node.directives)}"
    return _type(node)


def _type(node: SdlTypeBlock) -> str:
    extend = "extend " if node.is_extension else ""
    head = f"{described(node.description)}{extend}{node.keyword} {node.name}"
    if node.interfaces:
        head += " implements " + " & ".join(name for name, _ in node.interfaces)
    head += _below(node.directives)
    if node.members:
        return f"{head}\n = {' | '.join(name for name, _ in node.members)}"
    lines = [*_lines(node.fields, _field), *_lines(node.values, _value), *_lines(node.inputs, _input)]
    return f"{head}\n{{\n" + "\n".join(lines) + "\n}" if lines else head


def _lines(nodes: Iterable[T], text: Callable[[T], str]) -> Iterable[str]:
    return (f"{described(node.description, '  ')}  {text(node)}" for node in nodes)


def _field(node: SdlField) -> str:
    return f"{node.name}{_arguments(node.arguments, '  ')}: {type_text(node.type)}{_beside(node.directives)}"


def _value(node: SdlEnumValue) -> str:
    return f"{node.name}{_beside(node.directives)}"


def _input(node: SdlInput) -> str:
    default = f" = {value_text(node.default)}" if node.default is not None else ""
    return f"{node.name}: {type_text(node.type)}{default}{_beside(node.directives)}"


def _arguments(nodes: Sequence[SdlInput], indent: str = "") -> str:
    if not nodes:
        return ""
    if not any(node.description for node in nodes):
        return "(" + ", ".join(map(_input, nodes)) + ")"
    inner = indent + "  "
    lines = "\n".join(described(node.description, inner) + inner + _input(node) for node in nodes)
    return f"(\n{lines}\n{indent})"


def _beside(directives: Iterable[SdlDirective]) -> str:
    return "".join(f" {_directive(node)}" for node in directives)


def _below(directives: Iterable[SdlDirective]) -> str:
    return "".join(f"\n  {_directive(node)}" for node in directives)


def _directive(node: SdlDirective) -> str:
    if not node.arguments:
        return f"@{node.name}"
    return f"@{node.name}({', '.join(f'{name}: {value_text(value)}' for name, value in node.arguments)})"


def type_text(ref: SdlType) -> str:
    """The type as written."""
    text, required = ref
    for level, is_required in enumerate(reversed(required)):
        text = (f"[{text}]" if level else text) + ("!" if is_required else "")
    return text
