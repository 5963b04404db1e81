"""Metrics: counted as requests end, read from the router's parts as somebody asks, told to Prometheus and OTLP.

Entry function: `process.Metrics`.  Invariant: however many names clients make up, a label has a bounded number of
values; what is beyond is called ``other``.
"""
