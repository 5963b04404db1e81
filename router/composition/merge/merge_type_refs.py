"""One type out of the types that subgraphs give a field or an argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.composition.source import Declared
from router.federation.subgraph import FieldDefinition, InputValue, TypeRef


@dataclass(frozen=True, slots=True)
class Subtypes:
    """Which named types include which, in any subgraph."""

    above: Mapping[str, frozenset[str]]
    """Name of a type → the interfaces it implements and the unions it belongs to."""

    def is_subtype(self, sub: TypeRef, of: TypeRef) -> bool:
        """True when every value of ``sub`` is a value of ``of``; equal types count."""
        if len(sub.required) != len(of.required):
            return False
        if any(b and not a for a, b in zip(sub.required, of.required, strict=True)):
            return False
        return sub.name == of.name or of.name in self.above.get(sub.name, ())


@dataclass(frozen=True, slots=True)
class MergedRef:
    """The merged type; ``is_same`` says that all subgraphs wrote it alike."""

    ref: TypeRef
    is_same: bool
    is_compatible: bool


def merge_output_types(declared: Sequence[Declared[FieldDefinition]], subtypes: Subtypes) -> MergedRef:
    """The widest of the types; incompatible when none of two includes the other."""
    return _choose([d.element.type for d in declared], subtypes, is_input=False)


def merge_input_types(declared: Sequence[Declared[InputValue]], subtypes: Subtypes) -> MergedRef:
    """The narrowest of the types, so that what clients send suits every subgraph."""
    return _choose([d.element.type for d in declared], subtypes, is_input=True)


def _choose(refs: Sequence[TypeRef], subtypes: Subtypes, *, is_input: bool) -> MergedRef:
    first = refs[0]
    if all(ref is first or ref == first for ref in refs):
        return MergedRef(first, is_same=True, is_compatible=True)
    distinct = tuple(dict.fromkeys(refs))
    for candidate in distinct:
        if is_input:
            fits = all(subtypes.is_subtype(candidate, ref) for ref in distinct)
        else:
            fits = all(subtypes.is_subtype(ref, candidate) for ref in distinct)
        if fits:
            return MergedRef(candidate, is_same=False, is_compatible=True)
    return MergedRef(distinct[0], is_same=False, is_compatible=False)
