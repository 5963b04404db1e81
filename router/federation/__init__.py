"""Federation: subgraphs and supergraphs as typed models, and the words of their specifications.

Entries: `read_subgraph` in ``read.py`` (SDL → `Subgraph`, with what is wrong about it),
``supergraph.py`` (supergraph SDL → `Supergraph`), `CODES` in ``codes.py``, `HINTS` in
``hints.py``.

Invariants: models are frozen; directives carry their canonical names whatever an SDL calls
them; this room finds facts and decides nothing.
"""
