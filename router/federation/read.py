"""From SDL text to `Subgraph`.

One pass over the parsed SDL: definitions are grouped by name,
links are resolved first because they decide what every directive is called, then each type
is built once from all its blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final

from router.federation.codes import (
    INVALID_GRAPHQL,
    ROOT_MUTATION_USED,
    ROOT_QUERY_USED,
    ROOT_SUBSCRIPTION_USED,
    TYPE_DEFINITION_INVALID,
    UNSUPPORTED_FEATURE,
)
from router.federation.directives import (
    BUILT_IN_DIRECTIVES,
    FEDERATION_1,
    FEDERATION_DIRECTIVES,
    FEDERATION_TYPES,
    LATEST_FEDERATION,
    MACHINERY_TYPES,
    Version,
)
from router.federation.links import APOLLO, Links
from router.federation.read_directives import read_directive_definition
from router.federation.read_links import read_links
from router.federation.read_types import TypeReader
from router.federation.subgraph import Problem, Subgraph, TypeDefinition
from router.language.sdl_lexer import SdlSyntaxError
from router.language.sdl_nodes import (
    SdlDefinition,
    SdlDirective,
    SdlDirectiveDefinition,
    SdlDocument,
    SdlSchemaBlock,
    SdlTypeBlock,
)
from router.language.sdl_parser import parse_sdl

ROOTS: Final = {
    "query": "Query",
    "mutation": "Mutation",
    "subscription": "Subscription",
}
_ROOT_CODES: Final = {
    "Query": ROOT_QUERY_USED,
    "Mutation": ROOT_MUTATION_USED,
    "Subscription": ROOT_SUBSCRIPTION_USED,
}
MAX_SDL_LENGTH: Final = 4 * 1024 * 1024
"""Of one subgraph, in characters: well above the largest that anybody serves."""
BUILT_IN_SCALARS: Final = frozenset({"Int", "Float", "String", "Boolean", "ID"})


def read_subgraph(
    name: str, url: str, sdl: str, file: str | None = None
) -> tuple[Subgraph | None, tuple[Problem, ...]]:
    """Understand one subgraph's SDL.

    Returns no subgraph when the text does not parse; otherwise the best understanding of
    it, with everything found wrong.  Never raises for a fault of the text.
    """
    if len(sdl) > MAX_SDL_LENGTH:
        message = f"The SDL has {len(sdl):,} characters, and at most {MAX_SDL_LENGTH:,} are read; is it really an SDL?"
        return None, (Problem(INVALID_GRAPHQL, message),)
    try:
        document = parse_sdl(sdl)
    except SdlSyntaxError as error:
        return None, (Problem(INVALID_GRAPHQL, str(error), error.at),)
    return _Reading(document).subgraph(name, url, file)


class _Reading:
    """One SDL while it is being read; fills ``problems`` as it goes."""

    def __init__(self, document: SdlDocument) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.schema_nodes: list[SdlSchemaBlock] = []
        self.type_nodes: dict[str, list[SdlTypeBlock]] = {}
        self.directive_nodes: dict[str, SdlDirectiveDefinition] = {}
        for definition in document.definitions:
            self._sort_in(definition)

    def _sort_in(self, node: SdlDefinition) -> None:
        if isinstance(node, SdlTypeBlock):
            self.type_nodes.setdefault(node.name, []).append(node)
        elif isinstance(node, SdlSchemaBlock):
            self.schema_nodes.append(node)
        elif isinstance(node, SdlDirectiveDefinition):
            if node.name in self.directive_nodes:
                self._invalid(f'There can be only one directive named "@{node.name}".', node.start)
            self.directive_nodes.setdefault(node.name, node)
        else:
            message = (
                f'"@{node.name}" is extended, for which federation has no rule; extend its definition itself'
            )
            at = self.document.position(node.start)
            self.problems.append(Problem(UNSUPPORTED_FEATURE, message, at, f"@{node.name}"))

    def _invalid(self, message: str, start: int) -> None:
        self.problems.append(Problem(INVALID_GRAPHQL, message, self.document.position(start)))

    def subgraph(self, name: str, url: str, file: str | None) -> tuple[Subgraph, tuple[Problem, ...]]:
        uses = [d for node in self.schema_nodes for d in node.directives]
        links = read_links(uses, self.document, self.problems)
        version = _federation_version(links)
        known = _known_directives(links, self.directive_nodes.keys())
        renames = self._root_renames()
        reader = TypeReader(self.document, known, renames, self.problems)
        subgraph = Subgraph(
            name=name,
            url=url,
            file=file,
            version=version,
            links=links,
            types=self._types(reader, links, version),
            directives={
                d.name: d
                for node in self.directive_nodes.values()
                if (d := read_directive_definition(node, known, reader, links)) is not None
            },
            schema_directives=reader.directives(self._schema_uses(uses, links), in_extension=False),
            line_starts=self.document.line_starts,
        )
        return subgraph, tuple(self.problems)

    @staticmethod
    def _schema_uses(uses: Iterable[SdlDirective], links: Links) -> tuple[SdlDirective, ...]:
        return tuple(d for d in uses if d.name not in {links.link_name, "core"})

    def _root_renames(self) -> dict[str, str]:
        """Names of root types that are not the default ones, with the default they become."""
        renames: dict[str, str] = {}
        seen: set[str] = set()
        definitions = 0
        for node in self.schema_nodes:
            definitions += not node.is_extension
            if definitions > 1 and not node.is_extension:
                self._invalid("Must provide only one schema definition.", node.start)
            for operation, root in node.roots:
                default = ROOTS[operation]
                if operation in seen:
                    self._invalid(f"There can be only one {operation} type in schema.", root.start)
                seen.add(operation)
                if root.name not in self.type_nodes:
                    self._invalid(f'Unknown type "{root.name}".', root.start)
                elif root.name != default:
                    self._rename(root.name, default, renames)
        return renames

    def _rename(self, type_name: str, default: str, renames: dict[str, str]) -> None:
        if default in self.type_nodes:
            message = (
                f'The schema\'s {default.lower()} root is "{type_name}", but there is also a type named '
                f'"{default}", which the supergraph keeps for the root; rename one of them'
            )
            at = self.document.position(self.type_nodes[default][0].start)
            self.problems.append(Problem(_ROOT_CODES[default], message, at, default))
        else:
            renames[type_name] = default

    def _types(self, reader: TypeReader, links: Links, version: Version) -> dict[str, TypeDefinition]:
        types: dict[str, TypeDefinition] = {}
        for name, nodes in self.type_nodes.items():
            if _is_machinery(name, links, version):
                self._check_machinery(name, nodes[0], links)
                continue
            type_ = reader.type(nodes)
            if type_ is not None:
                types[type_.name] = type_
        return types

    def _check_machinery(self, name: str, node: SdlTypeBlock, links: Links) -> None:
        """What a linked specification defines as a scalar or enum stays one."""
        is_purpose = name == f"{links.link_name}__Purpose"
        expected = "enum" if is_purpose else "scalar"
        is_checked = is_purpose or name in links.types or name == f"{links.link_name}__Import"
        if is_checked and node.keyword != expected:
            message = (
                f'Invalid definition for type "{name}": it should be a {expected}; remove the definition'
            )
            at = self.document.position(node.start)
            self.problems.append(Problem(TYPE_DEFINITION_INVALID, message, at, name))


def _federation_version(links: Links) -> Version:
    federation = links.federation
    if federation is not None:
        return federation.version or LATEST_FEDERATION
    return FEDERATION_1 if links.directives is None else (2, 0)


def _known_directives(links: Links, defined: Set[str]) -> dict[str, str]:
    """Local name → canonical name of every directive this SDL may use without defining it.

    In federation 1 @inaccessible has to be defined; with federation 2 it came to be known.
    """
    known = {name: name for name in BUILT_IN_DIRECTIVES}
    if links.directives is None:
        offered = {name for name, spec in FEDERATION_DIRECTIVES.items() if spec.in_federation_1}
        known.update({name: name for name in offered if name != "inaccessible" or name in defined})
    else:
        known.update(links.directives)
    return known


def _is_machinery(name: str, links: Links, version: Version) -> bool:
    """True for types that servers print for the router, not for clients."""
    if name in MACHINERY_TYPES or name in links.types or name in BUILT_IN_SCALARS:
        return True
    prefix, double, _ = name.partition("__")
    own = {link.namespace for link in links.links if link.identity.startswith(APOLLO)}
    if double and prefix in {links.link_name, "core", *own}:
        return True
    return version == FEDERATION_1 and name in FEDERATION_TYPES and name == "FieldSet"
