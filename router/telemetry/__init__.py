"""Structured logs (spans and metrics come later); free when off.

Entry function: `logs.configure_logs`.  Invariant: never sees client text: no query, variable or header value.
"""
