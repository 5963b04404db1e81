"""A shelf: what stands between a request and a subgraph that is slow, full, flapping or gone.

Entry: `router.transport.resilience.client.ResilientClient`.  Every piece is a small state machine of its own that
takes the time as an argument; only the client waits.
"""
