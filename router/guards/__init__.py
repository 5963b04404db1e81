"""Guards: each answers one question about a request before it runs.  May it proceed?

Entry: `jwt.JwtVerifier.verify`.  Invariant: arguments in, a verdict out; no guard sees response data or
calls a subgraph.
"""
