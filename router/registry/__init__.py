"""What is live: publish, check, release, watch.

Entries: `registry.Registry` (the registry itself, over its database), `watch.file_changes` and `remote.RemoteText` (a
router's side).  Invariant: serves no traffic and holds no live supergraph.  A router that follows no registry imports
neither SQLAlchemy nor Alembic.
"""
