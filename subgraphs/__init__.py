"""Four demo subgraphs: strangers to the router, and the example that subgraph owners copy.

`orders` and `customers` are written code first with strawberry-graphql, `products` and `analytics`
schema first with ariadne; each owns its database, its migrations and its seed.  The files beside
them hold what a company would share between its services: the demo world, the event bus, the
database opening, who the caller is, and ``python -m subgraphs``, which serves them all.

Invariant: nothing here imports `router`, and no subgraph imports another.
"""
