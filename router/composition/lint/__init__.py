"""What is allowed in a subgraph's SDL, and not good: warnings.

Entry: `lint` in ``lint.py``; ``rules.py`` lists every rule.  Invariant: nothing here stops a schema.
"""
