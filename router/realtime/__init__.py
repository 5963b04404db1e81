"""The WebSocket hub: clients of a tenant join rooms and hear what services say to a room or to the tenant.

Entry: `hub.Hub`.  Invariants: a member hears only its own tenant; broadcasts of one publisher arrive in order;
nobody waits for a slow member: it is dropped, and counted.
"""
