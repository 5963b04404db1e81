"""The merged schema as clients see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from router.composition.merge.merged import (
    Merged,
    MergedDirective,
    MergedField,
    MergedInput,
    MergedType,
    MergedValue,
    find,
)
from router.composition.sdl import (
    arguments_text,
    block,
    directives_text,
    input_text,
    spaced,
)
from router.composition.write_supergraph import directive_definition_text
from router.federation.subgraph import Kind
from router.language.print_sdl import described

KEPT: Final = frozenset({"deprecated", "specifiedBy", "oneOf"})
"""Applied directives that introspection shows."""

E = TypeVar("E", MergedType, MergedField, MergedInput, MergedValue)


def write_api(merged: Merged) -> str:
    """The API schema as SDL: nothing inaccessible, no join data, definitions sorted by name."""
    hidden = {name for name, type_ in merged.types.items() if find(type_, "inaccessible")}
    parts = [directive_definition_text(d) for d in merged.directives.values() if d.is_executable]
    parts += [_type(type_, hidden) for name, type_ in merged.types.items() if name not in hidden]
    return "\n\n".join(parts) + "\n"


def visible(elements: Iterable[E]) -> Iterator[E]:
    """Those that are not inaccessible."""
    return (element for element in elements if not element.directives or not find(element, "inaccessible"))


def _shown(directives: Sequence[MergedDirective]) -> str:
    if not directives:
        return ""
    return spaced(directives_text(d for d in directives if d.name in KEPT))


def _type(type_: MergedType, hidden: set[str]) -> str:
    head = f"{described(type_.description)}{type_.kind.value} {type_.name}"
    interfaces = [i for i in type_.interfaces if i not in hidden]
    if interfaces:
        head += " implements " + " & ".join(interfaces)
    head += _shown(type_.directives)
    if type_.kind is Kind.UNION:
        return f"{head} = {' | '.join(m for m in type_.members if m not in hidden)}"
    lines = [
        *_lines(visible(type_.fields.values()), _field),
        *_lines(visible(type_.inputs.values()), _input),
        *_lines(visible(type_.values.values()), _value),
    ]
    return f"{head} {block(lines)}" if lines else head


def _lines(elements: Iterable[E], text: Callable[[E], str]) -> Iterator[str]:
    for element in elements:
        line = f"  {text(element)}"
        yield described(element.description, "  ") + line if element.description else line


def _field(field: MergedField) -> str:
    text = field.name
    if field.arguments:
        arguments = [(a.description, _input(a)) for a in visible(field.arguments.values())]
        text += arguments_text(arguments, "  ")
    return f"{text}: {field.type.text}{_shown(field.directives)}"


def _input(value: MergedInput) -> str:
    return input_text(value, _shown(value.directives))


def _value(value: MergedValue) -> str:
    return f"{value.name}{_shown(value.directives)}"
