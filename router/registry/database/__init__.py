"""The registry's database: tables, the migrations that make them, and connections to it.

Entry: `open_database` in ``connect.py``.  Invariant: what SQLAlchemy and its drivers raise ends here, as
`router.registry.errors.RegistryUnavailableError`.
"""
