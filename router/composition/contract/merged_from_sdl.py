"""A supergraph's SDL as the merged schema that the rules of visibility and the API schema's writer read.

Without join data and sources: neither asks who resolves what.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.composition.merge.merge_directive_definitions import EXECUTABLE
from router.composition.merge.merged import (
    Merged,
    MergedDirective,
    MergedDirectiveDefinition,
    MergedField,
    MergedInput,
    MergedType,
    MergedValue,
)
from router.federation.subgraph import Kind, TypeRef
from router.language.sdl_nodes import (
    SdlDirective,
    SdlDirectiveDefinition,
    SdlDocument,
    SdlField,
    SdlInput,
    SdlTypeBlock,
)


def merged_from_sdl(document: SdlDocument, inaccessible: str) -> Merged:
    """Give every type and executable directive, sorted by name; ``inaccessible`` is what the SDL calls it."""
    reading = _Reading(inaccessible)
    types = {n.name: reading.type(n) for n in document.definitions if isinstance(n, SdlTypeBlock)}
    directives = {
        n.name: reading.directive(n)
        for n in document.definitions
        if isinstance(n, SdlDirectiveDefinition) and EXECUTABLE.intersection(n.locations)
    }
    return Merged((), dict(sorted(types.items())), dict(sorted(directives.items())))


class _Reading:
    def __init__(self, inaccessible: str) -> None:
        self._inaccessible = inaccessible

    def type(self, node: SdlTypeBlock) -> MergedType:
        return MergedType(
            name=node.name,
            kind=Kind(node.keyword),
            description=node.description,
            directives=self._applied(node.directives),
            joins=(),
            interfaces=tuple(name for name, _ in node.interfaces),
            fields={f.name: self._field(f, f"{node.name}.{f.name}") for f in node.fields},
            inputs={i.name: self._input(i, f"{node.name}.{i.name}") for i in node.inputs},
            values={
                v.name: MergedValue(
                    v.name, v.description, self._applied(v.directives), f"{node.name}.{v.name}", ()
                )
                for v in node.values
            },
            members=tuple(name for name, _ in node.members),
        )

    def directive(self, node: SdlDirectiveDefinition) -> MergedDirectiveDefinition:
        return MergedDirectiveDefinition(
            name=node.name,
            arguments={a.name: self._input(a, f"@{node.name}({a.name}:)") for a in node.arguments},
            locations=tuple(place for place in node.locations if place in EXECUTABLE),
            is_repeatable=node.is_repeatable,
            description=node.description,
            is_executable=True,
        )

    def _field(self, node: SdlField, coordinate: str) -> MergedField:
        return MergedField(
            name=node.name,
            type=TypeRef(*node.type),
            arguments={a.name: self._input(a, f"{coordinate}({a.name}:)") for a in node.arguments},
            description=node.description,
            directives=self._applied(node.directives),
            coordinate=coordinate,
            joins=(),
        )

    def _input(self, node: SdlInput, coordinate: str) -> MergedInput:
        return MergedInput(
            name=node.name,
            type=TypeRef(*node.type),
            default=node.default,
            description=node.description,
            directives=self._applied(node.directives),
            coordinate=coordinate,
        )

    def _applied(self, directives: Iterable[SdlDirective]) -> tuple[MergedDirective, ...]:
        return tuple(
            MergedDirective("inaccessible" if d.name == self._inaccessible else d.name, dict(d.arguments))
            for d in directives
        )
