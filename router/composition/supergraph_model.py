"""The merged schema as the router's model of a supergraph, without a detour over its text.

Invariant: ``read_supergraph(write_supergraph(merged))`` has the same subgraphs, types and roots.
"""

from __future__ import annotations

from router.composition.merge.merged import JoinField, Merged, MergedField, MergedInput, MergedType, find
from router.federation import supergraph_types as model
from router.federation.subgraph import Kind, TypeRef
from router.federation.supergraph import Supergraph, type_ref
from router.language.operation import OperationKind
from router.language.operation import TypeRef as OperationTypeRef
from router.language.sdl_nodes import SdlDocument
from router.language.values import string_argument, value_text

_KINDS = {
    Kind.SCALAR: model.TypeKind.SCALAR,
    Kind.OBJECT: model.TypeKind.OBJECT,
    Kind.INTERFACE: model.TypeKind.INTERFACE,
    Kind.UNION: model.TypeKind.UNION,
    Kind.ENUM: model.TypeKind.ENUM,
    Kind.INPUT: model.TypeKind.INPUT_OBJECT,
}


def supergraph_model(merged: Merged) -> Supergraph:
    """Give the model; it has no definitions, so no API schema: the query graph needs neither."""
    graphs = {s.graph: model.JoinGraph(s.graph, s.name, s.subgraph.url) for s in merged.sources}
    types = {name: _type(type_) for name, type_ in merged.types.items()}
    roots = {kind: name for kind in OperationKind if (name := kind.value.capitalize()) in types}
    return Supergraph("", SdlDocument((), (0,)), graphs, types, roots)


def _type(type_: MergedType) -> model.SupergraphType:
    return model.SupergraphType(
        type_.name,
        _KINDS[type_.kind],
        tuple(
            model.JoinType(j.graph, j.key, j.extension, j.resolvable, j.is_interface_object)
            for j in type_.joins
        ),
        find(type_, "inaccessible") is not None,
        {name: _field(field) for name, field in type_.fields.items()},
        type_.interfaces,
        type_.implements,
        type_.members,
        type_.member_joins,
        tuple(
            string_argument(directive.arguments.get("name")) or ""
            for directive in type_.directives
            if directive.name == "context" and directive.is_known
        ),
    )


def _field(field: MergedField) -> model.SupergraphField:
    return model.SupergraphField(
        field.name,
        _ref(field.type),
        tuple(map(_argument, field.arguments.values())) if field.arguments else (),
        tuple(map(_join, field.joins)) if field.joins else (),
        bool(field.directives) and find(field, "inaccessible") is not None,
    )


def _argument(argument: MergedInput) -> model.Argument:
    default = None if argument.default is None else value_text(argument.default)
    is_inaccessible = find(argument, "inaccessible") is not None
    return model.Argument(argument.name, _ref(argument.type), default, is_inaccessible)


def _join(join: JoinField) -> model.JoinField:
    contexts = tuple(
        model.ContextArgument(c.context, c.name, c.type, c.selection) for c in join.context_arguments
    )
    return model.JoinField(
        join.graph,
        join.requires,
        join.provides,
        join.type,
        join.external,
        join.override,
        join.override_label,
        join.used_overridden,
        contexts,
    )


def _ref(ref: TypeRef) -> OperationTypeRef:
    return type_ref((ref.name, ref.required))
