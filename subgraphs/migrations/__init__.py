"""The Alembic environment that all subgraphs share; their revisions are in ``<subgraph>/migrations``."""
