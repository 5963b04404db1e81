"""The merged schema as supergraph SDL: what a router loads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.composition import join_spec
from router.composition.features import Feature, used_features, used_names
from router.composition.merge.merged import (
    Merged,
    MergedDirective,
    MergedDirectiveDefinition,
    MergedField,
    MergedInput,
    MergedType,
)
from router.composition.rename_directives import rename_directives
from router.composition.sdl import (
    arguments_text,
    block,
    directives_text,
    input_text,
    spaced,
)
from router.federation.directives import Version
from router.federation.links import APOLLO
from router.federation.subgraph import Kind
from router.language.print_sdl import described
from router.language.values import quoted

_LINK_DEFINITION = (
    "directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) "
    "repeatable on SCHEMA"
)
_PURPOSE = """enum link__Purpose {
  \"\"\"
  `SECURITY` features provide metadata necessary to securely resolve fields.
  \"\"\"
  SECURITY

  \"\"\"
  `EXECUTION` features provide metadata necessary for operation execution.
  \"\"\"
  EXECUTION
}"""


def write_supergraph(merged: Merged) -> str:
    """The supergraph SDL.

    Invariant: definitions are sorted by name, whatever its case; the text depends on the subgraphs, not on
    their order.
    """
    used = used_names(merged)
    features = used_features(used)
    version = join_spec.join_version(merged)
    merged = rename_directives(merged)
    parts = [_schema(merged, features, used, version), *_directives(merged, features, used, version)]
    printed = join_spec.types(version, merged)
    printed["link__Import"] = "scalar link__Import"
    printed["link__Purpose"] = _PURPOSE
    printed.update((name, f"scalar {name}") for feature in features for name in feature.scalars)
    for name, type_ in merged.types.items():
        printed[name] = type_text(type_)
    parts += [printed[name] for name in sorted(printed, key=lambda name: (name.lower(), name))]
    return "\n\n".join(parts) + "\n"


def _schema(merged: Merged, features: tuple[Feature, ...], used: frozenset[str], version: Version) -> str:
    links = [
        f'@link(url: "{APOLLO}link/v1.0")',
        f'@link(url: "{APOLLO}join/v{version[0]}.{version[1]}", for: EXECUTION)',
    ]
    composed = {local for link in merged.links for _, local in link.imports}
    for feature in features:
        purpose = f", for: {feature.purpose}" if feature.purpose else ""
        imports = _imports(feature.imports(used, merged.names))
        # A composed directive may be called as the feature is, when what the feature brings is called otherwise.
        alias = f", as: {quoted('_0' + feature.name)}" if f"@{feature.name}" in composed else ""
        links.append(f"@link(url: {quoted(feature.url)}{alias}{imports}{purpose})")
    links += [f"@link(url: {quoted(link.url)}{_imports(link.imports)})" for link in merged.links]
    applied = links + directives_text(merged.schema_directives)
    roots = [
        f"  {root.lower()}: {root}" for root in ("Query", "Mutation", "Subscription") if root in merged.types
    ]
    return "schema\n" + "\n".join(f"  {text}" for text in applied) + "\n" + block(roots)


def _imports(imports: Sequence[tuple[str, str]]) -> str:
    texts = (
        quoted(name) if name == local else f"{{name: {quoted(name)}, as: {quoted(local)}}}"
        for name, local in imports
    )
    return f", import: [{', '.join(texts)}]" if imports else ""


def _directives(
    merged: Merged, features: tuple[Feature, ...], used: frozenset[str], version: Version
) -> Iterator[str]:
    texts = {text.split("(")[0].split(" on ")[0]: text for text in join_spec.definitions(version)}
    texts["directive @link"] = _LINK_DEFINITION
    for feature in features:
        texts.update((f"directive @{name}", text) for name, text in feature.definitions(used, merged.names))
    for definition in merged.directives.values():
        texts[f"directive @{definition.name}"] = directive_definition_text(definition)
    return (texts[name] for name in sorted(texts))


def directive_definition_text(definition: MergedDirectiveDefinition) -> str:
    """A directive definition."""
    arguments = arguments_text([_argument(a) for a in definition.arguments.values()])
    repeatable = " repeatable" if definition.is_repeatable else ""
    locations = " | ".join(definition.locations)
    return (
        f"{described(definition.description)}directive @{definition.name}{arguments}"
        f"{repeatable} on {locations}"
    )


def _argument(value: MergedInput) -> tuple[str | None, str]:
    return value.description, input_text(value, _spaced(value.directives))


def type_text(type_: MergedType) -> str:
    """One type with its join directives."""
    head = f"{described(type_.description)}{type_.kind.value} {type_.name}"
    if type_.interfaces:
        head += " implements " + " & ".join(type_.interfaces)
    applied = [f"@join__implements(graph: {g}, interface: {quoted(i)})" for g, i in type_.implements]
    applied += [join_spec.join_type_text(join) for join in type_.joins]
    applied += [f"@join__unionMember(graph: {g}, member: {quoted(m)})" for g, m in type_.member_joins]
    applied += map(join_spec.join_directive_text, type_.join_directives)
    applied += directives_text(type_.directives)
    head += "".join(f"\n  {text}" for text in applied)
    if type_.kind is Kind.UNION:
        return f"{head}\n = {' | '.join(type_.members)}"
    lines = list(_content(type_))
    return f"{head}\n{block(lines)}" if lines else head


def _content(type_: MergedType) -> Iterator[str]:
    for field in type_.fields.values():
        yield _field(field)
    for item in type_.inputs.values():
        joins = [join_spec.join_field_text(join) for join in item.joins]
        text = input_text(item, spaced([*joins, *directives_text(item.directives)]))
        yield f"{described(item.description, '  ')}  {text}"
    for value in type_.values.values():
        applied = [f"@join__enumValue(graph: {g})" for g in value.graphs]
        yield (
            f"{described(value.description, '  ')}  {value.name}"
            f"{spaced([*applied, *directives_text(value.directives)])}"
        )


def _field(field: MergedField) -> str:
    text = f"{described(field.description, '  ')}  {field.name}" if field.description else f"  {field.name}"
    if field.arguments:
        text += arguments_text([_argument(a) for a in field.arguments.values()], "  ")
    text = f"{text}: {field.type.text}"
    if field.joins:
        text += spaced(map(join_spec.join_field_text, field.joins))
    if field.join_directives:
        text += spaced(map(join_spec.join_directive_text, field.join_directives))
    return text + _spaced(field.directives)


def _spaced(directives: Sequence[MergedDirective]) -> str:
    return spaced(directives_text(directives)) if directives else ""
