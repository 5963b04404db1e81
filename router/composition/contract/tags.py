"""What the tags of a contract hide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.federation.api_schema import is_machinery
from router.language.sdl_nodes import (
    SdlDirective,
    SdlDocument,
    SdlEnumValue,
    SdlField,
    SdlInput,
    SdlTypeBlock,
)
from router.language.values import string_argument


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tags show and hide, and what the supergraph calls the two directives."""

    tag: str
    inaccessible: str
    include: frozenset[str]
    exclude: frozenset[str]

    def is_excluded(self, directives: Sequence[SdlDirective]) -> bool:
        """True when the element is hidden whatever includes it."""
        return bool(self.exclude) and not self.exclude.isdisjoint(self._tags(directives))

    def is_included(self, directives: Sequence[SdlDirective]) -> bool:
        """True when the element is asked for; everything is, when no tag is."""
        return not self.include or not self.include.isdisjoint(self._tags(directives))

    def is_hidden_already(self, directives: Sequence[SdlDirective]) -> bool:
        """True for what the supergraph itself hides."""
        return any(d.name == self.inaccessible for d in directives)

    def _tags(self, directives: Sequence[SdlDirective]) -> set[str | None]:
        return {string_argument(dict(d.arguments).get("name")) for d in directives if d.name == self.tag}


def hidden_by_tags(document: SdlDocument, chosen: Filter) -> frozenset[str]:
    """Coordinates of the types, fields, arguments, input fields and enum values to hide.

    Cost: one walk.
    """
    hidden: set[str] = set()
    for node in document.definitions:
        if isinstance(node, SdlTypeBlock) and not is_machinery(node.name):
            _hide_in_type(node, chosen, hidden)
    return frozenset(hidden)


def _hide_in_type(node: SdlTypeBlock, chosen: Filter, hidden: set[str]) -> None:
    children: tuple[SdlField | SdlEnumValue | SdlInput, ...] = (*node.fields, *node.values, *node.inputs)
    is_included = chosen.is_included(node.directives)
    shown = 0
    for child in children:
        coordinate = f"{node.name}.{child.name}"
        if chosen.is_excluded(child.directives) or not (is_included or chosen.is_included(child.directives)):
            hidden.add(coordinate)
        else:
            shown += not chosen.is_hidden_already(child.directives)
            if isinstance(child, SdlField):
                _hide_arguments(coordinate, child, chosen, hidden)
    is_empty = shown == 0 if children else not is_included
    if is_empty or chosen.is_excluded(node.directives):
        hidden.add(node.name)


def _hide_arguments(coordinate: str, field: SdlField, chosen: Filter, hidden: set[str]) -> None:
    """Arguments come with their field; only an excluded tag takes one away."""
    for argument in field.arguments:
        if chosen.is_excluded(argument.directives):
            hidden.add(f"{coordinate}({argument.name}:)")
