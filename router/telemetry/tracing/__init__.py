"""Traces: a request's record becomes spans when it is over; ids travel in headers while it is answered.

Entry functions: `observer.TraceObserver`, `export.SpanExport`.  Invariant: what is not sampled costs an id and the
headers that pass it on.
"""
