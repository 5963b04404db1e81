"""What is live: publish, check, release, watch.

Entry function (so far): `watch.file_changes`.  Invariant: serves no traffic and holds no live supergraph.
"""
