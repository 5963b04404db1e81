"""The analytics subgraph: what was sold, written schema first with ariadne.

Entry: `subgraphs.analytics.app.create_app`.  It learns of orders from events alone: `listener`
hears them, `facts` reads them, `ledger` keeps them, `sales` adds them up.  `question` reads plain
English, `answers` turns what it read into numbers.

Invariant: every statement names the caller's tenant; an id of another tenant is not there.
"""
