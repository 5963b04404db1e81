"""Composition: subgraphs in, supergraph SDL and API SDL out, or every error found, with hints.

Entries: `compose` in ``compose.py``, whose docstring has the gates; `contract` in
``contract/contract.py`` (a supergraph shown in part); `subgraphs_of` in ``extract.py`` (a
supergraph taken apart).  ``result.py`` is what goes in and comes out; ``subgraph_rules/``,
``merge/`` and ``supergraph_rules/`` are shelves.

Invariants: a user's mistake is a value, never an exception; the order of the subgraphs
changes no byte of the result; nothing here reads a file or a clock.
"""
