"""Asks subgraphs: one request in, one response or one coded error out.

Entry: `router.transport.base` (what every other room imports); ``engine`` alone picks the clients
behind it: ``http`` (hot path), ``httpx_client`` (in process), ``inflight`` (shares queries),
``dataloader`` (joins entity fetches), ``subgraph_streams`` (subscriptions, over ``websocket`` or
``http_stream`` as the operator chose), ``fake`` (tests).
Invariant: every failure leaves this room as a `router.errors.SubgraphError`; a cancelled caller
harms no other and leaves no connection behind in doubt; nothing of one caller (cookie, header,
socket) reaches another.
"""
