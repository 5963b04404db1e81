"""A composed supergraph taken apart: one SDL per subgraph that composes to the same supergraph again.

What each subgraph wrote is not known any more, only what came of it: an element's description and directives are
given to every subgraph that has it.  So are custom directives, where the types of their arguments are known, for the
supergraph does not say whose they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from graphql.language import BooleanValueNode, ObjectValueNode, StringValueNode, ValueNode

from router.composition.extract_words import Words
from router.composition.merge.merge_applied import CARRIED
from router.composition.result import SubgraphInput
from router.composition.sdl import applied_text
from router.federation.api_schema import is_machinery
from router.federation.join import applied_arguments
from router.federation.supergraph import Supergraph, read_supergraph
from router.federation.supergraph_types import JoinField, JoinGraph, SupergraphField, SupergraphType
from router.language.print_sdl import print_sdl
from router.language.sdl_nodes import (
    SdlDirective,
    SdlDocument,
    SdlField,
    SdlInput,
    SdlName,
    SdlSchemaBlock,
    SdlType,
    SdlTypeBlock,
)
from router.language.sdl_parser import parse_sdl

_GUARDS: Final = frozenset({"authenticated", "requiresScopes", "policy"})
_EMPTY_LINE: Final = (0,)


def subgraphs_of(supergraph_sdl: str) -> tuple[SubgraphInput, ...]:
    """Give the subgraphs of a supergraph that `compose` wrote, in the order of its graphs.

    Raises: router.federation.supergraph.InvalidSupergraphError.
    """
    supergraph = read_supergraph(supergraph_sdl)
    document = parse_sdl(supergraph_sdl)  # with the names that the subgraphs use
    words = Words(document)
    parts = (_Part(supergraph, document, words, graph) for graph in supergraph.subgraphs.values())
    return tuple(SubgraphInput(part.graph.name, part.graph.url, part.sdl()) for part in parts)


class _Part:
    def __init__(self, supergraph: Supergraph, document: SdlDocument, words: Words, graph: JoinGraph) -> None:
        self.graph = graph
        self._supergraph = supergraph
        self._document = document
        self._words = words
        self._graph = graph.graph
        self._name = graph.name
        own = {name for name, type_ in supergraph.types.items() if graph.graph in type_.graphs()}
        self._composed = words.directives_for(own)

    def sdl(self) -> str:
        """The subgraph's text."""
        applied = tuple(self._carried(self._words.schema))
        schema = (SdlSchemaBlock(True, 0, None, applied, ()),) if applied else ()
        custom = (*(one.definition for one in self._composed.values()), *self._words.executable)
        definitions = (*schema, *custom, *self._types())
        return self._words.head(self._composed) + print_sdl(SdlDocument(definitions, _EMPTY_LINE))

    def _types(self) -> Iterator[SdlTypeBlock]:
        for node in self._document.definitions:
            if not isinstance(node, SdlTypeBlock) or is_machinery(node.name):
                continue
            type_ = self._supergraph.types[node.name]
            if self._graph in type_.graphs():
                block = self._type(node, type_)
                if node.keyword == "scalar" or any(block[7:]):
                    yield block

    def _type(self, node: SdlTypeBlock, type_: SupergraphType) -> SdlTypeBlock:
        joins = [join for join in type_.joins if join.graph == self._graph]
        is_object = any(join.is_interface_object for join in joins)
        directives = [
            self._directive(
                "key", fields=StringValueNode(value=join.key), resolvable=_unless_true(join.is_resolvable)
            )
            for join in joins
            if join.key is not None
        ]
        directives += [self._directive("interfaceObject")] * is_object
        directives += self._contexts(node) + self._carried(
            node.directives, is_guarded=node.keyword != "interface"
        )
        return node._replace(
            keyword="type" if is_object else node.keyword,
            is_extension=any(join.is_extension for join in joins),
            description=None if any(join.is_extension for join in joins) else node.description,
            directives=tuple(directives),
            interfaces=tuple(SdlName(name, 0) for graph, name in type_.implements if graph == self._graph),
            fields=tuple(self._fields(node, type_)),
            members=tuple(SdlName(name, 0) for graph, name in type_.member_joins if graph == self._graph),
            values=tuple(
                value._replace(directives=tuple(self._carried(value.directives)))
                for value in node.values
                if any(
                    a["graph"] == self._graph for a in applied_arguments(value.directives, "join__enumValue")
                )
            ),
            inputs=tuple(self._input(item) for item in node.inputs if self._has_input(item)),
        )

    def _contexts(self, node: SdlTypeBlock) -> list[SdlDirective]:
        uses = applied_arguments(node.directives, self._words.local("context"))
        names = [str(a["name"]) for a in uses]
        own = [n.removeprefix(f"{self._name}__") for n in names if n.startswith(f"{self._name}__")]
        return [self._directive("context", name=StringValueNode(value=name)) for name in own]

    def _has_input(self, node: SdlInput) -> bool:
        graphs = [a.get("graph") for a in applied_arguments(node.directives, "join__field")]
        return not graphs or self._graph in graphs

    def _input(self, node: SdlInput) -> SdlInput:
        types = {a.get("graph"): a.get("type") for a in applied_arguments(node.directives, "join__field")}
        written = types.get(self._graph)
        directives = tuple(self._carried(node.directives))
        return node._replace(directives=directives, type=_type(str(written)) if written else node.type)

    def _fields(self, node: SdlTypeBlock, type_: SupergraphType) -> Iterator[SdlField]:
        is_object = any(join.graph == self._graph and join.is_interface_object for join in type_.joins)
        is_shared_kind = node.keyword == "type" or is_object
        for written in node.fields:
            field = type_.fields[written.name]
            join = next((j for j in field.joins if j.graph == self._graph), None)
            # A field that was overridden and then left out was there all the same.
            is_overridden = any(j.override == self._name for j in field.joins)
            if field.joins and join is None and not is_overridden:
                continue
            join = join or JoinField(self._graph, is_used_overridden=is_overridden)
            directives = self._joined(join)
            if is_shared_kind and not join.is_external and self._is_shared(type_, field):
                directives.append(self._directive("shareable"))
            if not join.is_external:
                directives += self._carried(written.directives, is_guarded=node.keyword == "type")
                directives += self._demands_on_all(node.name, written) if is_object else ()
            yield written._replace(
                type=_type(join.type) if join.type else written.type,
                arguments=(*map(self._argument, written.arguments), *self._contextual(join)),
                directives=tuple(directives),
            )

    def _demands_on_all(self, interface: str, field: SdlField) -> Iterator[SdlDirective]:
        """What an interface object's field demands is demanded by that field of every implementation."""
        below = [
            {_text(use) for use in other.directives}
            for block in self._document.definitions
            if isinstance(block, SdlTypeBlock) and any(one.name == interface for one in block.interfaces)
            for other in block.fields
            if other.name == field.name
        ]
        for use in field.directives:
            is_guard = self._words.known.get(use.name, use.name) in _GUARDS
            if is_guard and all(_text(use) in uses for uses in below):
                yield use

    def _argument(self, node: SdlInput) -> SdlInput:
        return node._replace(directives=tuple(self._carried(node.directives)))

    def _joined(self, join: JoinField) -> list[SdlDirective]:
        found = [self._directive("external")] * join.is_external
        if join.requires is not None:
            found.append(self._directive("requires", fields=StringValueNode(value=join.requires)))
        if join.provides is not None:
            found.append(self._directive("provides", fields=StringValueNode(value=join.provides)))
        if join.override is not None:
            label = None if join.override_label is None else StringValueNode(value=join.override_label)
            override = {"from": StringValueNode(value=join.override), "label": label}
            found.append(self._directive("override", **override))
        return found

    def _carried(self, directives: Sequence[SdlDirective], *, is_guarded: bool = True) -> list[SdlDirective]:
        """What merging keeps, and what join__directive says this subgraph applied.

        Interfaces only show what their implementations demand, so of them ``is_guarded`` is false.
        """
        found: list[SdlDirective] = []
        for use in directives:
            arguments = dict(use.arguments)
            name = self._words.known.get(use.name, use.name)
            if use.name in self._composed:
                found.append(use)
            elif name in CARRIED:
                found += [use] * (is_guarded or name not in _GUARDS)
            elif use.name == "join__directive":
                (plain,) = applied_arguments((use,), use.name)
                args, graphs = arguments.get("args"), plain["graphs"]
                is_here = isinstance(graphs, list) and self._graph in graphs
                if is_here and isinstance(args, ObjectValueNode):
                    given = tuple((f.name.value, f.value) for f in args.fields)
                    own = self._words.local(str(plain["name"]).removeprefix("federation__"))
                    found.append(SdlDirective(own, 0, given))
        return found

    def _contextual(self, join: JoinField) -> Iterator[SdlInput]:
        for argument in join.context_arguments:
            context = argument.context.removeprefix(f"{self._name}__")
            field = StringValueNode(value=f"${context} {argument.selection}")
            use = self._directive("fromContext", field=field)
            yield SdlInput(argument.name, 0, None, _type(argument.type), None, (use,))

    def _directive(self, name: str, /, **arguments: ValueNode | None) -> SdlDirective:
        given = tuple((n, v) for n, v in arguments.items() if v is not None)
        return SdlDirective(self._words.local(name), 0, given)

    def _is_shared(self, type_: SupergraphType, field: SupergraphField) -> bool:
        return _is_joined_twice(type_, field) or self._meets_interface_object(type_, field.name)

    def _meets_interface_object(self, type_: SupergraphType, name: str) -> bool:
        """Whether an interface object and an implementation both have the field."""
        types = self._supergraph.types
        if not type_.is_abstract:
            above = (types[interface] for interface in type_.interfaces)
            return any(name in t.fields and any(j.is_interface_object for j in t.joins) for t in above)
        below = (t for t in types.values() if type_.name in t.interfaces and name in t.fields)
        return any(not t.fields[name].joins or t.fields[name].joins[0].graph is not None for t in below)


def _is_joined_twice(type_: SupergraphType, field: SupergraphField) -> bool:
    # An external field counts: where it is provided, it is resolved too.
    return sum(not j.is_used_overridden for j in field.joins) > 1 if field.joins else len(type_.graphs()) > 1


def _text(use: SdlDirective) -> str:
    return applied_text(use.name, dict(use.arguments))


def _type(text: str) -> SdlType:
    (block,) = parse_sdl(f"type T {{ f: {text} }}").definitions
    assert isinstance(block, SdlTypeBlock)  # noqa: S101  # by the text above
    return block.fields[0].type


def _unless_true(value: bool) -> ValueNode | None:
    return None if value else BooleanValueNode(value=False)
