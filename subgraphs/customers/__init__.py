"""The customers subgraph: who the customers are; strawberry, code first.

Entry: `subgraphs.customers.app.create_app`.  Owns Customer, found by id or by email.
"""
