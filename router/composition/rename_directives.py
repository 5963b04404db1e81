"""The merged schema with its directives under the names that the supergraph gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from router.composition.merge.merged import (
    Merged,
    MergedDirective,
    MergedDirectiveDefinition,
    MergedField,
    MergedInput,
    MergedType,
)


def rename_directives(merged: Merged) -> Merged:
    """Rename what specifications bring; composed directives have their names already.

    The result is good for writing only: rules and other writers look for the specifications' names.
    """
    if not merged.names:
        return merged
    renaming = _Renaming(merged.names)
    return replace(
        merged,
        types={name: renaming.type(type_) for name, type_ in merged.types.items()},
        directives={name: renaming.definition(d) for name, d in merged.directives.items()},
        schema_directives=renaming.applied(merged.schema_directives),
    )


class _Renaming:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def type(self, type_: MergedType) -> MergedType:
        return replace(
            type_,
            directives=self.applied(type_.directives),
            fields={name: self.field(field) for name, field in type_.fields.items()},
            inputs=self.inputs(type_.inputs),
            values={n: replace(v, directives=self.applied(v.directives)) for n, v in type_.values.items()},
        )

    def field(self, field: MergedField) -> MergedField:
        arguments = self.inputs(field.arguments)
        return replace(field, directives=self.applied(field.directives), arguments=arguments)

    def inputs(self, inputs: Mapping[str, MergedInput]) -> dict[str, MergedInput]:
        return {n: replace(i, directives=self.applied(i.directives)) for n, i in inputs.items()}

    def definition(self, definition: MergedDirectiveDefinition) -> MergedDirectiveDefinition:
        return replace(definition, arguments=self.inputs(definition.arguments))

    def applied(self, directives: Iterable[MergedDirective]) -> tuple[MergedDirective, ...]:
        return tuple(
            replace(d, name=self._names.get(d.name, d.name)) if d.is_known else d for d in directives
        )
