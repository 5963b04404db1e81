"""One supergraph, ready to answer: the request pipeline, its caches, admission and the hot swap.

Entry functions: `pipeline.Pipeline.answer`, `pipeline.Pipeline.stream`, `engine.Engine`.
Invariants: a request takes `Current.snapshot` once and keeps it to the end; client text is never logged.
"""
