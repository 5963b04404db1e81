"""All subgraphs into one schema."""

from __future__ import annotations

from dataclasses import replace

from router.composition.merge.check_import_names import check_import_names
from router.composition.merge.compose_directives import compose_directives
from router.composition.merge.merge_access import merge_access
from router.composition.merge.merge_directive_definitions import merge_directive_definitions
from router.composition.merge.merge_interface_objects import merge_interface_objects
from router.composition.merge.merge_types import merge_types
from router.composition.merge.merged import JoinField, JoinType, Merged, MergedType
from router.composition.merge.merging import declarations, gather
from router.composition.source import Findings, Source
from router.federation.codes import NO_QUERIES


def merge_subgraphs(sources: tuple[Source, ...], findings: Findings) -> Merged:
    """Merge, reporting as it goes; with errors, the result is only good for further rules.

    Code: NO_QUERIES, and those of the parts.
    """
    check_import_names(sources, findings)
    composed = compose_directives(sources, findings)
    merging = gather(sources, composed.names, findings)
    types = merge_types(declarations(sources), merging)
    merge_interface_objects(types, merging)
    merge_access(types)
    if "Query" not in types:
        message = "No subgraph has a query; add a field to type Query in one of them"
        findings.error(NO_QUERIES, message, "Query", ())
    else:
        types["Query"] = _in_every_graph(types["Query"], sources)
    return Merged(
        sources=sources,
        types=types,
        directives=merge_directive_definitions(composed.definitions, merging),
        links=composed.links,
    )


def _in_every_graph(query: MergedType, sources: tuple[Source, ...]) -> MergedType:
    """Every subgraph has a query root, if only for its entities, so every one joins the type.

    A field that is not in all of them then needs its ``@join__field``.
    """
    joined = {join.graph: join for join in query.joins}
    if len(joined) == len(sources):
        return query
    fields = {
        name: field if field.joins else replace(field, joins=tuple(JoinField(g) for g in joined))
        for name, field in query.fields.items()
    }
    joins = tuple(joined.get(s.graph, JoinType(s.graph)) for s in sources)
    return replace(query, joins=joins, fields=fields)
