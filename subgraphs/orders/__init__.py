"""The orders subgraph: what was ordered, by whom and how far it got; strawberry, code first.

Entry: `subgraphs.orders.app.create_app`.  Owns Order and OrderItem; adds orders to Customer and a
shipping estimate to Product.  Publishes every change on the channel ``orders:{tenantId}``.
"""
