"""All subgraphs into one schema."""

from __future__ import annotations

from dataclasses import dataclass, replace

from router.composition.merge.compose_directives import compose_directives
from router.composition.merge.external_carries_no_merged_directives import (
    external_carries_no_merged_directives,
)
from router.composition.merge.merge_access import merge_access
from router.composition.merge.merge_applied import merge_applied
from router.composition.merge.merge_directive_definitions import merge_directive_definitions
from router.composition.merge.merge_interface_objects import merge_interface_objects
from router.composition.merge.merge_names import merge_names
from router.composition.merge.merge_types import merge_types
from router.composition.merge.merged import JoinField, JoinType, Merged, MergedDirective, MergedType
from router.composition.merge.merging import Merging, declarations, gather
from router.composition.source import Declared, Findings, Source
from router.federation.codes import NO_QUERIES
from router.federation.subgraph import Applied


def merge_subgraphs(sources: tuple[Source, ...], findings: Findings) -> Merged:
    """Merge, reporting as it goes; with errors, the result is only good for further rules.

    Code: NO_QUERIES, and those of the parts.
    """
    names = merge_names(sources, findings)
    composed = compose_directives(sources, names, findings)
    for source in sources:
        findings.take(external_carries_no_merged_directives(source))
    merging = gather(sources, composed.names, findings)
    types = merge_types(declarations(sources), merging)
    merge_interface_objects(types, merging)
    merge_access(types, merging)
    if "Query" not in types or not types["Query"].fields:
        message = "No subgraph has a query; add a field to type Query in one of them"
        findings.error(NO_QUERIES, message, "Query", ())
    else:
        types["Query"] = _in_every_graph(types["Query"], sources)
    return Merged(
        sources=sources,
        types=types,
        directives=merge_directive_definitions(composed.definitions, merging),
        links=composed.links,
        schema_directives=_schema_directives(sources, merging),
        names={name: local for name, local in names.items() if local != name},
    )


@dataclass(frozen=True, slots=True)
class _Schema:
    """The schema of one subgraph, for the directives that stand on it."""

    directives: Applied
    at: int
    coordinate: str = "schema"


def _schema_directives(sources: tuple[Source, ...], merging: Merging) -> tuple[MergedDirective, ...]:
    uses = ((source, source.subgraph.schema_directives) for source in sources)
    schemas = [Declared(source, _Schema(applied, applied[0].at)) for source, applied in uses if applied]
    return merge_applied(schemas, merging)


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
