"""The words in which the subgraphs of a supergraph are written: its links, turned back into theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from router.composition.merge.merge_directive_definitions import EXECUTABLE
from router.federation.api_schema import is_machinery
from router.federation.canonical_names import supergraph_links
from router.federation.directives import FEDERATION_DIRECTIVES, LATEST_FEDERATION
from router.federation.links import APOLLO, FEDERATION, Link
from router.federation.read import BUILT_IN_SCALARS
from router.language.sdl_nodes import SdlDirective, SdlDirectiveDefinition, SdlDocument, SdlSchemaBlock
from router.language.values import quoted

_LATEST: Final = f"{FEDERATION}/v{LATEST_FEDERATION[0]}.{LATEST_FEDERATION[1]}"


@dataclass(frozen=True, slots=True)
class ComposedDirective:
    """A custom directive of the supergraph, with the link that brings it."""

    definition: SdlDirectiveDefinition
    link: Link
    original: str


class Words:
    """What one supergraph calls the directives of federation, and which directives it has besides."""

    def __init__(self, document: SdlDocument) -> None:
        links = supergraph_links(document)
        self.known: Mapping[str, str] = links.directives or {}
        """Name in the supergraph → name in its specification."""
        self.schema: tuple[SdlDirective, ...] = tuple(
            d
            for node in document.definitions
            if isinstance(node, SdlSchemaBlock)
            for d in node.directives
            if d.name not in (links.link_name, "core")
        )
        self.composed: dict[str, ComposedDirective] = {}
        self.executable: list[SdlDirectiveDefinition] = []
        for node in document.definitions:
            if not isinstance(node, SdlDirectiveDefinition) or is_machinery(node.name):
                continue
            source = links.source_of(node.name)
            if source is not None and not source[0].identity.startswith(APOLLO):
                self.composed[node.name] = ComposedDirective(node, *source)
            elif node.name not in self.known and EXECUTABLE.intersection(node.locations):
                self.executable.append(node)
        self._locals = _locals(links.links, self.composed.keys())

    def local(self, name: str) -> str:
        """What the subgraphs call a directive of federation."""
        return self._locals.get(name, name)

    def directives_for(self, types: Set[str]) -> dict[str, ComposedDirective]:
        """The custom directives that a subgraph with these types can define."""
        return {
            name: one
            for name, one in self.composed.items()
            if all(a.type[0] in types or a.type[0] in BUILT_IN_SCALARS for a in one.definition.arguments)
        }

    def head(self, composed: Mapping[str, ComposedDirective]) -> str:
        """``extend schema`` with the links of a subgraph that composes these directives."""
        imports = (
            _import(name, self.local(name))
            for name in FEDERATION_DIRECTIVES
            if name != "extends" and self.local(name) != f"federation__{name}"
        )
        lines = [f"@link(url: {quoted(_LATEST)}, import: [{', '.join(imports)}])", *_links(composed)]
        lines += [f"@composeDirective(name: {quoted('@' + name)})" for name in composed]
        return "extend schema " + "\n  ".join(lines) + "\n\n"


def _locals(links: tuple[Link, ...], composed: Set[str]) -> dict[str, str]:
    """Names that are not their specification's: renamed by the supergraph, or taken by a composed directive."""
    found = {name: f"federation__{name}" for name in FEDERATION_DIRECTIVES if name in composed}
    for link in links:
        if link.identity.startswith(APOLLO):
            if (
                link.name
                and link.namespace
                and link.name in FEDERATION_DIRECTIVES
                and link.name != link.namespace
            ):
                found[link.name] = link.namespace
            found.update((item.name[1:], item.local[1:]) for item in link.imports if item.name[:1] == "@")
    return found


def _links(composed: Mapping[str, ComposedDirective]) -> Iterator[str]:
    by_url: dict[str, list[str]] = {}
    for name, one in composed.items():
        by_url.setdefault(one.link.url, []).append(_import(one.original, name))
    for url, imports in by_url.items():
        yield f"@link(url: {quoted(url)}, import: [{', '.join(imports)}])"


def _import(name: str, local: str) -> str:
    if name == local:
        return quoted(f"@{name}")
    return f"{{name: {quoted('@' + name)}, as: {quoted('@' + local)}}}"
