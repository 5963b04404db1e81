"""Contracts: one supergraph, shown to some clients in part.

Entry: `contract` in ``contract.py``.  What is left out becomes @inaccessible: routers still use it for keys and
requirements, clients do not see it.
"""
