"""The products subgraph: the catalogue, written schema first with ariadne.

Entry: `subgraphs.products.app.create_app`.  ``schema/products.graphql`` is the schema;
`resolvers` answers its fields from `store`, `loaders` joins what one operation asks for.

Invariant: every statement names the caller's tenant; an id of another tenant is not there.
"""
