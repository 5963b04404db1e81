"""Guards: each answers one question about a request before it runs.  May it proceed?

Entry: `jwt.JwtVerifier.verify` (who asks?), `limits.exceeded_by_document` and `limits.exceeded_by_operation` (is
the operation small enough?).  Invariant: arguments in, a verdict out; no guard sees response data or calls a
subgraph.  Limits are asked once per operation, when it is prepared; only lists within variables per request.
"""
