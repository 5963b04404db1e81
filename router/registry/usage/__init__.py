"""Who uses what: reported by routers, stored by day, asked by checks and people.

``model.py`` is what is reported, ``recorder.py`` and ``sender.py`` run in routers, ``store.py`` in the registry.
Invariants: a router's memory for it is bounded; no request waits for it; values of clients are in none of it.
"""
