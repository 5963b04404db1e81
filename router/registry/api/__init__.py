"""The registry's own GraphQL API: ``schema.graphql`` is its documentation.

Entry: `execute.Api.answer`.  Invariant: every field that reads or changes a graph asks first whether its caller may.
"""
