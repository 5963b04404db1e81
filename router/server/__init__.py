"""ASGI bytes to requests and back: the app, its routes, WebSocket sessions, the playground, health.

Entry function: `app.create_app`.  Invariant: no GraphQL decision is made here; the engine answers.
"""
