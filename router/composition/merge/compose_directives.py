"""@composeDirective: custom directives that the supergraph keeps, with their links.

Of a feature linked in several minor versions the newest one counts: its definitions and
its link are the supergraph's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from router.composition.merge.merged import MergedLink
from router.composition.merge.say import subgraphs
from router.composition.source import Declared, Findings, Source
from router.federation.codes import DIRECTIVE_COMPOSITION_ERROR, UNSUPPORTED_LINKED_FEATURE
from router.federation.directives import Version
from router.federation.hints import DIRECTIVE_COMPOSITION_INFO, DIRECTIVE_COMPOSITION_WARN
from router.federation.links import Link
from router.federation.subgraph import AppliedDirective, DirectiveDefinition, all_applied
from router.language.values import string_argument


@dataclass(frozen=True, slots=True)
class Request:
    """One directive that one subgraph wants to see in the supergraph."""

    source: Source
    use: AppliedDirective
    definition: DirectiveDefinition
    link: Link
    original: str
    """The directive's name in its specification."""


@dataclass(frozen=True, slots=True)
class ComposedDirectives:
    """What all requests come to."""

    names: Mapping[str, frozenset[str]]
    """Subgraph name → the directives whose uses there are kept."""
    definitions: tuple[tuple[Declared[DirectiveDefinition], ...], ...]
    """Per directive, its definition in every subgraph that composes it; one of the newest version first."""
    links: tuple[MergedLink, ...]


def compose_directives(sources: tuple[Source, ...], findings: Findings) -> ComposedDirectives:
    """Follow every @composeDirective.

    Codes: DIRECTIVE_COMPOSITION_ERROR; UNSUPPORTED_LINKED_FEATURE for a feature that routers
    would have to know.
    """
    requests = [r for source in sources for r in _requests(source, findings)]
    by_feature: dict[str, list[Request]] = {}
    for request in requests:
        by_feature.setdefault(request.link.identity, []).append(request)
    definitions: dict[str, list[Declared[DirectiveDefinition]]] = {}
    links: list[MergedLink] = []
    for identity in sorted(by_feature):
        group = by_feature[identity]
        if not _is_consistent(identity, group, findings):
            continue
        newest = max(group, key=lambda r: r.link.version or (0, 0)).link.version
        imports: dict[str, str] = {}
        for request in sorted(group, key=lambda r: r.link.version == newest, reverse=True):
            name = request.definition.name
            definitions.setdefault(name, []).append(Declared(request.source, request.definition))
            imports["@" + request.original] = "@" + name
        url = next(r.link.url for r in group if r.link.version == newest)
        links.append(MergedLink(url, tuple(sorted(imports.items()))))
    _check_identities(requests, findings)
    _hint_other_names(sources, requests, findings)
    names: dict[str, set[str]] = {}
    for request in requests:
        names.setdefault(request.source.name, set()).add(request.definition.name)
    return ComposedDirectives(
        names={name: frozenset(kept) for name, kept in names.items()},
        definitions=tuple(tuple(definitions[name]) for name in sorted(definitions)),
        links=tuple(links),
    )


def _requests(source: Source, findings: Findings) -> Iterator[Request]:
    for use in all_applied(source.subgraph, "composeDirective"):
        name = string_argument(use.arguments.get("name")) or ""
        fault = None
        if not name.startswith("@"):
            fault = f'the name must begin with "@"; write "@{name}"'
        elif source.subgraph.links.directives and name[1:] in source.subgraph.links.directives:
            canonical = source.subgraph.links.directives[name[1:]]
            if canonical in {"tag", "inaccessible", "authenticated", "requiresScopes", "policy"}:
                message = f'[{source.name}] "{name}" is composed anyway; remove its @composeDirective'
                findings.hint(DIRECTIVE_COMPOSITION_INFO, message, "schema", [Declared(source, use)])
                continue
            fault = "directives of federation itself cannot be composed; remove it"
        elif name[1:] not in source.subgraph.directives:
            fault = "the subgraph does not define the directive; define it"
        else:
            found = source.subgraph.links.source_of(name[1:])
            if found is None:
                fault = "no @link brings the directive; @link its specification and import it"
            else:
                definition = source.subgraph.directives[name[1:]]
                yield Request(source, use, definition, found[0], found[1])
        if fault is not None:
            message = f'[{source.name}] @composeDirective(name: "{name}"): {fault}'
            findings.error(DIRECTIVE_COMPOSITION_ERROR, message, "schema", [Declared(source, use)])


def _is_consistent(identity: str, group: list[Request], findings: Findings) -> bool:
    places = [Declared(r.source, r.use) for r in group]
    names = [r.source.name for r in group]
    majors: set[Version | None] = {(r.link.version[0], 0) if r.link.version else None for r in group}
    fault, code = None, DIRECTIVE_COMPOSITION_ERROR
    locals_by_original: dict[str, set[str]] = {}
    for request in group:
        locals_by_original.setdefault(request.original, set()).add(request.definition.name)
    renamed = next((o for o, names_ in locals_by_original.items() if len(names_) > 1), None)
    purpose = next((r.link.purpose for r in group if r.link.purpose), None)
    if len(majors) > 1:
        fault = "it is linked in different major versions; agree on one"
    elif renamed is not None:
        written = ", ".join(f'"@{name}"' for name in sorted(locals_by_original[renamed]))
        fault = f'its directive "@{renamed}" is called {written}; use one name'
    elif purpose is not None:
        code = UNSUPPORTED_LINKED_FEATURE
        fault = f"it is linked for: {purpose}, and no router knows it; remove `for:` or the @composeDirective"
    if fault is None:
        return True
    message = f'The feature "{identity}", composed by {subgraphs(names)}: {fault}'
    findings.error(code, message, "schema", places)
    return False


def _check_identities(requests: list[Request], findings: Findings) -> None:
    """One name must not stand for directives of two features."""
    by_name: dict[str, list[Request]] = {}
    for request in requests:
        by_name.setdefault(request.definition.name, []).append(request)
    for name, group in by_name.items():
        features = sorted({r.link.identity for r in group})
        if len(features) > 1:
            message = f'"@{name}" is composed from {" and from ".join(features)}; rename one with `as:`'
            places = [Declared(r.source, r.use) for r in group]
            findings.error(DIRECTIVE_COMPOSITION_ERROR, message, "schema", places)


def _hint_other_names(sources: tuple[Source, ...], requests: list[Request], findings: Findings) -> None:
    """A subgraph that calls a composed directive something else, without composing it itself.

    Its uses are left out; once it composes the directive too, the names must agree.
    """
    composed = {(r.link.identity, r.original): r for r in requests}
    requesting = {(r.source.name, r.original) for r in requests}
    for source in sources:
        for link in source.subgraph.links.links:
            for item in link.imports:
                request = composed.get((link.identity, item.name[1:]))
                if request is None or (source.name, item.name[1:]) in requesting:
                    continue
                if item.local != f"@{request.definition.name}":
                    message = (
                        f'"@{request.definition.name}" is composed by {subgraphs([request.source.name])} but called '
                        f'"{item.local}" in {subgraphs([source.name])}, whose uses are left out; use one name'
                    )
                    places = [Declared(request.source, request.use)]
                    findings.hint(DIRECTIVE_COMPOSITION_WARN, message, f"@{request.definition.name}", places)
