"""Who can reach what: types in subgraphs, the fields they resolve, and the moves between subgraphs.

Entry: `router.querygraph.build.build_query_graph`, then `router.querygraph.paths.Paths`.
Invariant: a pure function of the supergraph; composition (satisfiability) and planning ask the same graph.
"""
