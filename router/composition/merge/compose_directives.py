"""@composeDirective: custom directives that the supergraph keeps, with their links.

Of a feature linked in several minor versions the newest one counts: its definitions and
its link are the supergraph's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from router.composition.merge.merged import MergedLink
from router.composition.merge.say import subgraphs
from router.composition.source import Declared, Findings, Source
from router.federation.codes import DIRECTIVE_COMPOSITION_ERROR, INVALID_LINK_DIRECTIVE_USAGE
from router.federation.directives import Version
from router.federation.hints import DIRECTIVE_COMPOSITION_INFO, DIRECTIVE_COMPOSITION_WARN
from router.federation.links import Link
from router.federation.subgraph import AppliedDirective, DirectiveDefinition, all_applied
from router.language.values import string_argument

AUTOMATIC: Final = frozenset({"tag", "inaccessible", "authenticated", "requiresScopes", "policy", "context"})
"""Directives of federation that the supergraph repeats without being asked."""
_RESERVED: Final = frozenset({"tag", "inaccessible"})
_MACHINERY: Final = ("join__", "link__", "core__")


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


def compose_directives(
    sources: tuple[Source, ...], names: Mapping[str, str], findings: Findings
) -> ComposedDirectives:
    """Follow every @composeDirective; ``names`` are what the directives of federation that are used are called.

    Codes: DIRECTIVE_COMPOSITION_ERROR, INVALID_LINK_DIRECTIVE_USAGE.
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
    _check_federation_names(sources, requests, names, findings)
    _hint_other_names(sources, requests, findings)
    kept: dict[str, set[str]] = {}
    for request in requests:
        kept.setdefault(request.source.name, set()).add(request.definition.name)
    return ComposedDirectives(
        names={name: frozenset(own) for name, own in kept.items()},
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
            if canonical in AUTOMATIC:
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
    fault = None
    locals_by_original: dict[str, set[str]] = {}
    for request in group:
        locals_by_original.setdefault(request.original, set()).add(request.definition.name)
    renamed = next((o for o, names_ in locals_by_original.items() if len(names_) > 1), None)
    if len(majors) > 1:
        fault = "it is linked in different major versions; agree on one"
    elif renamed is not None:
        written = ", ".join(f'"@{name}"' for name in sorted(locals_by_original[renamed]))
        fault = f'its directive "@{renamed}" is called {written}; use one name'
    if fault is None:
        _hint_purpose(identity, group, findings)
        return True
    message = f'The feature "{identity}", composed by {subgraphs(names)}: {fault}'
    findings.error(DIRECTIVE_COMPOSITION_ERROR, message, "schema", places)
    return False


def _hint_purpose(identity: str, group: list[Request], findings: Findings) -> None:
    """A supergraph that said `for:` of what no router knows would be loaded by none, so it does not."""
    needing = [r for r in group if r.link.purpose]
    if needing:
        message = (
            f'"{identity}" is linked for: {needing[0].link.purpose} in {subgraphs(r.source.name for r in needing)}, '
            "which no router enforces for a composed feature; the supergraph links it without `for:`"
        )
        places = [Declared(r.source, r.use) for r in needing]
        findings.hint(DIRECTIVE_COMPOSITION_WARN, message, "schema", places)


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


def _check_federation_names(
    sources: tuple[Source, ...], requests: list[Request], names: Mapping[str, str], findings: Findings
) -> None:
    """In the supergraph a composed directive stands beside those of federation, under names of their own.

    What clients see hangs on @tag and @inaccessible, so their names are taken where they are but imported; the others'
    are from the first use on.
    """
    taken = {local: {name} for name, local in names.items()}
    reserved: set[str] = set()
    for source in sources:
        for local, name in (source.subgraph.links.directives or {}).items():
            if name in _RESERVED:
                reserved.add(local)
                taken.setdefault(local, set()).add(name)
    for request in requests:
        local = request.definition.name
        places = [Declared(request.source, request.use)]
        if local in taken:
            others = " and ".join(f'"@{name}"' for name in sorted(taken[local]))
            message = (
                f'[{request.source.name}] "@{local}" cannot be composed: another subgraph calls federation\'s '
                f"{others} so; rename one with `as:`"
            )
            code = DIRECTIVE_COMPOSITION_ERROR if local in reserved else INVALID_LINK_DIRECTIVE_USAGE
            findings.error(code, message, "schema", places)
        elif local.startswith(_MACHINERY):
            message = (
                f'[{request.source.name}] "@{local}" cannot be composed: the supergraph\'s own machinery has such '
                "names; import it with another `as:`"
            )
            findings.error(INVALID_LINK_DIRECTIVE_USAGE, message, "schema", places)


def _hint_other_names(sources: tuple[Source, ...], requests: list[Request], findings: Findings) -> None:
    """A subgraph that calls a composed directive something else, without composing it itself.

    Its uses are left out; once it composes the directive too, the names must agree.  So are those of a subgraph that
    links another major version.
    """
    composed = {(r.link.identity, r.original): r for r in requests}
    requesting = {(r.source.name, r.original) for r in requests}
    for source in sources:
        for link in source.subgraph.links.links:
            for item in link.imports:
                request = composed.get((link.identity, item.name[1:]))
                if request is None or (source.name, item.name[1:]) in requesting:
                    continue
                _hint_major(request, source, link, findings)
                if item.local != f"@{request.definition.name}":
                    message = (
                        f'"@{request.definition.name}" is composed by {subgraphs([request.source.name])} but called '
                        f'"{item.local}" in {subgraphs([source.name])}, whose uses are left out; use one name'
                    )
                    places = [Declared(request.source, request.use)]
                    findings.hint(DIRECTIVE_COMPOSITION_WARN, message, f"@{request.definition.name}", places)


def _hint_major(request: Request, source: Source, link: Link, findings: Findings) -> None:
    composed, own = request.link.version, link.version
    if composed is not None and own is not None and composed[0] != own[0]:
        message = (
            f'"@{request.definition.name}" is composed by {subgraphs([request.source.name])} from '
            f'"{request.link.url}", but {subgraphs([source.name])} links "{link.url}", whose uses are left out'
        )
        places = [Declared(request.source, request.use)]
        findings.hint(DIRECTIVE_COMPOSITION_INFO, message, f"@{request.definition.name}", places)
