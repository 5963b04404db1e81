"""Others are told of releases and of what checks found.

``store.py`` has who is told and what is still to be told, ``sender.py`` tells it.
Invariants: what is told is written in the transaction that makes it true, so nothing is told that did not happen, and
nothing that happened is left out; a delivery may come twice and carries its id.
"""
