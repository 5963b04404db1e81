"""A supergraph with its specifications' directives under the names that the specifications give them.

A supergraph may import a directive as something else, or give a specification another namespace.  Everybody who
reads one looks for the specifications' own names, so they are put back once, where it is read.
Spec: https://specs.apollo.dev/link/v1.0/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from router.federation.links import APOLLO, Links
from router.federation.read_links import read_links
from router.federation.subgraph import Problem
from router.language.sdl_nodes import (
    SdlDefinition,
    SdlDirective,
    SdlDirectiveDefinition,
    SdlDocument,
    SdlEnumValue,
    SdlField,
    SdlInput,
    SdlSchemaBlock,
    SdlTypeBlock,
)

T = TypeVar("T", SdlField, SdlInput, SdlEnumValue)


def supergraph_links(document: SdlDocument) -> Links:
    """The links of a supergraph, as it writes them."""
    uses = [d for node in document.definitions if isinstance(node, SdlSchemaBlock) for d in node.directives]
    problems: list[Problem] = []
    return read_links(uses, document, problems)


def with_canonical_names(document: SdlDocument, links: Links) -> SdlDocument:
    """The document itself where nothing is renamed, as in nearly every supergraph; else a copy.

    Invariant: in the copy, a directive of a specification's name is that specification's: uses of others that are
    called the same are left out, for they mean nothing to routers.
    """
    known = links.directives or {}
    renamed = {local: name for local, name in known.items() if local != name}
    uses = {d.name for node in document.definitions if isinstance(node, SdlTypeBlock) for d in _uses(node)}
    spaces = {
        f"{link.namespace}__": f"{link.name}__"
        for link in links.links
        if link.identity.startswith(APOLLO) and link.name and link.namespace != link.name
    }
    if not spaces and uses.isdisjoint(renamed):
        return document
    taken = frozenset(renamed.values()) - known.keys()
    naming = _Naming(renamed, taken, spaces)
    return SdlDocument(tuple(map(naming.definition, document.definitions)), document.line_starts)


def _uses(node: SdlTypeBlock) -> Iterable[SdlDirective]:
    yield from node.directives
    for field in node.fields:
        yield from field.directives
        for argument in field.arguments:
            yield from argument.directives
    for item in node.inputs:
        yield from item.directives
    for value in node.values:
        yield from value.directives


class _Naming:
    def __init__(self, renamed: Mapping[str, str], taken: frozenset[str], spaces: Mapping[str, str]) -> None:
        self._renamed = renamed
        self._taken = taken
        self._spaces = spaces

    def definition(self, node: SdlDefinition) -> SdlDefinition:
        if isinstance(node, SdlDirectiveDefinition):
            return node._replace(name=self._name(node.name))
        if not isinstance(node, SdlTypeBlock):
            return node
        return node._replace(
            name=self._spaced(node.name),
            directives=self._applied(node.directives),
            fields=tuple(
                self._marked(f)._replace(arguments=tuple(map(self._marked, f.arguments))) for f in node.fields
            ),
            values=tuple(map(self._marked, node.values)),
            inputs=tuple(map(self._marked, node.inputs)),
        )

    def _marked(self, node: T) -> T:
        return node._replace(directives=self._applied(node.directives)) if node.directives else node

    def _applied(self, directives: tuple[SdlDirective, ...]) -> tuple[SdlDirective, ...]:
        return tuple(d._replace(name=self._name(d.name)) for d in directives if d.name not in self._taken)

    def _name(self, name: str) -> str:
        return self._renamed.get(name) or self._spaced(name)

    def _spaced(self, name: str) -> str:
        prefix = next((prefix for prefix in self._spaces if name.startswith(prefix)), None)
        return name if prefix is None else self._spaces[prefix] + name.removeprefix(prefix)
