"""From ``directive @…`` definitions to `DirectiveDefinition`.

A subgraph may define a known directive again; its definition is then checked against the
specification's and left out of the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.federation.codes import DIRECTIVE_DEFINITION_INVALID, INVALID_GRAPHQL
from router.federation.directives import (
    BUILT_IN_DIRECTIVES,
    EXECUTABLE_BUILT_INS,
    FEDERATION_DIRECTIVES,
    DirectiveSpec,
)
from router.federation.links import Links
from router.federation.read_types import TypeReader
from router.federation.subgraph import DirectiveDefinition, InputValue, Problem
from router.language.sdl_nodes import SdlDirectiveDefinition, SdlInput
from router.language.values import value_text

_STRING_LIKE: Final = ("FieldSet", "Scope", "Policy", "ContextFieldValue", "String")


def read_directive_definition(
    node: SdlDirectiveDefinition, known: dict[str, str], reader: TypeReader, links: Links
) -> DirectiveDefinition | None:
    """The definition, or None when it repeats a known directive's."""
    name = node.name
    if name in EXECUTABLE_BUILT_INS or name in BUILT_IN_DIRECTIVES or name in {links.link_name, "core"}:
        return None
    if name in known:
        spec = FEDERATION_DIRECTIVES[known[name]]
        at = reader.place(node.start)
        for fault in _faults(spec, node, reader):
            message = f'Invalid definition for directive "@{name}": {fault}; remove the definition'
            reader.problems.append(Problem(DIRECTIVE_DEFINITION_INVALID, message, at, f"@{name}"))
        return None
    if name.startswith("__"):
        message = f'Name "{name}" must not begin with "__", which is reserved by GraphQL introspection.'
        reader.problems.append(Problem(INVALID_GRAPHQL, message, reader.place(node.start), f"@{name}"))
    arguments = [reader.input_value(f"@{name}({a.name}:)", a) for a in node.arguments]
    return DirectiveDefinition(
        name=name,
        arguments={a.name: a for a in arguments},
        locations=node.locations,
        is_repeatable=node.is_repeatable,
        description=node.description,
        at=node.start,
    )


def _faults(spec: DirectiveSpec, node: SdlDirectiveDefinition, reader: TypeReader) -> Iterator[str]:
    written = {a.name: a for a in node.arguments}
    for name, expected in spec.arguments.items():
        if name not in written and expected.is_required:
            yield f'missing required argument "{name}"'
    for name, argument in written.items():
        if name not in spec.arguments:
            yield f'unknown argument "{name}"'
        else:
            yield from _argument_faults(spec, name, argument, reader)
    # The other composers allow to promise less than the specification, never more.
    if node.is_repeatable and not spec.is_repeatable:
        yield f"@{spec.name} should not be repeatable"
    extra = [place for place in node.locations if place not in spec.locations]
    if extra:
        allowed = ", ".join(sorted(spec.locations))
        yield f"it should have locations {allowed}, but found (non-subset) {', '.join(extra)}"


def _argument_faults(spec: DirectiveSpec, name: str, node: SdlInput, reader: TypeReader) -> Iterator[str]:
    expected = spec.arguments[name]
    value: InputValue = reader.input_value(f"@{spec.name}({name}:)", node)
    actual = str(value.type)
    if not _is_compatible(actual, expected.type):
        yield f'argument "{name}" should have type "{expected.type}" but found type "{actual}"'
    default = value_text(value.default) if value.default is not None else None
    if default is not None and default != expected.default:
        wanted = expected.default or "none"
        yield f'argument "{name}" should have default {wanted} but found {default}'


def _is_compatible(actual: str, expected: str) -> bool:
    """A definition may be stricter about null, and spell a string-like scalar in its own way."""
    for part in _STRING_LIKE[:-1]:
        expected = expected.replace(f"federation__{part}", "String")
    bare = actual.replace("[", "").replace("]", "").replace("!", "")
    if bare.rpartition("_")[2] in _STRING_LIKE or bare in _STRING_LIKE:
        actual = actual.replace(bare, "String")
    return actual == expected or actual == expected + "!" or actual + "!" == expected
