"""Structured logs, metrics, and the record of a request that observers see; free when off.

Entry functions: `logs.configure_logs`, `observers.Observers`, `metrics.process.Metrics`.
"""
