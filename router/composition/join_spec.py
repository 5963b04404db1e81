"""The join specification as supergraph SDL spells it, in the lowest version that suffices.

Spec: https://specs.apollo.dev/join/v0.3 (v0.4: labels of overrides and ``join__directive``;
v0.5: contextual arguments).
"""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import ContextArgument, JoinDirective, JoinField, JoinType, Merged
from router.federation.directives import Version
from router.language.values import quoted, value_text


def join_version(merged: Merged) -> Version:
    """The lowest version of the specification that can say all of it."""
    version = (0, 3)
    for type_ in merged.types.values():
        if type_.join_directives:
            version = (0, 4)
        for field in type_.fields.values():
            if field.join_directives:
                version = (0, 4)
            for join in field.joins:
                if join.context_arguments:
                    return (0, 5)
                if join.override_label is not None:
                    version = (0, 4)
    return version


def definitions(version: Version) -> Iterator[str]:
    """The directive definitions, sorted by name."""
    if version >= (0, 4):
        yield (
            "directive @join__directive(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) "
            "repeatable on SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION"
        )
    yield "directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE"
    field = (
        "graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, "
        "external: Boolean, override: String, usedOverridden: Boolean"
    )
    if version >= (0, 4):
        field += ", overrideLabel: String"
    if version >= (0, 5):
        field += ", contextArguments: [join__ContextArgument!]"
    yield f"directive @join__field({field}) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION"
    yield "directive @join__graph(name: String!, url: String!) on ENUM_VALUE"
    yield (
        "directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE"
    )
    yield (
        "directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, "
        "resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on "
        "OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR"
    )
    yield "directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION"


def types(version: Version, merged: Merged) -> dict[str, str]:
    """The specification's types by name."""
    graphs = "\n".join(
        f"  {s.graph} @join__graph(name: {quoted(s.name)}, url: {quoted(s.subgraph.url)})"
        for s in merged.sources
    )
    printed = {
        "join__FieldSet": "scalar join__FieldSet",
        "join__Graph": f"enum join__Graph {{\n{graphs}\n}}",
    }
    if version >= (0, 4):
        printed["join__DirectiveArguments"] = "scalar join__DirectiveArguments"
    if version >= (0, 5):
        printed["join__ContextArgument"] = (
            "input join__ContextArgument {\n  name: String!\n  type: String!\n  context: String!\n"
            "  selection: join__FieldValue!\n}"
        )
        printed["join__FieldValue"] = "scalar join__FieldValue"
    return printed


def join_type_text(join: JoinType) -> str:
    """One ``@join__type``."""
    parts = [f"graph: {join.graph}"]
    if join.key is not None:
        parts.append(f"key: {quoted(join.key)}")
    if join.extension:
        parts.append("extension: true")
    if not join.resolvable:
        parts.append("resolvable: false")
    if join.is_interface_object:
        parts.append("isInterfaceObject: true")
    return f"@join__type({', '.join(parts)})"


def join_field_text(join: JoinField) -> str:
    """One ``@join__field``, with the arguments that say something."""
    if join.graph is not None and join == JoinField(join.graph):
        return f"@join__field(graph: {join.graph})"  # nearly every one
    texts = {
        "graph": join.graph,
        "requires": join.requires and quoted(join.requires),
        "provides": join.provides and quoted(join.provides),
        "type": join.type and quoted(join.type),
        "external": "true" if join.external else None,
        "override": join.override and quoted(join.override),
        "usedOverridden": "true" if join.used_overridden else None,
        "overrideLabel": join.override_label and quoted(join.override_label),
        "contextArguments": _context_arguments(join.context_arguments),
    }
    given = ", ".join(f"{name}: {text}" for name, text in texts.items() if text)
    return f"@join__field({given})" if given else "@join__field"


def join_directive_text(join: JoinDirective) -> str:
    """One ``@join__directive``."""
    graphs = ", ".join(join.graphs)
    args = ", ".join(f"{name}: {value_text(value)}" for name, value in join.arguments.items())
    return f"@join__directive(graphs: [{graphs}], name: {quoted(join.name)}, args: {{{args}}})"


def _context_arguments(arguments: tuple[ContextArgument, ...]) -> str | None:
    if not arguments:
        return None
    entries = (
        f"{{context: {quoted(a.context)}, name: {quoted(a.name)}, type: {quoted(a.type)}, "
        f"selection: {quoted(a.selection)}}}"
        for a in arguments
    )
    return f"[{', '.join(entries)}]"
