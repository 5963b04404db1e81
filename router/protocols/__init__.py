"""Wire rules without wires: GraphQL over HTTP and graphql-transport-ws as functions and state machines.

Entry functions: `graphql_http.read_request`, `graphql_transport_ws.ServerSession.receive`.
Invariant: no socket, no clock, no ``await``; the same bytes in give the same bytes out.
"""
