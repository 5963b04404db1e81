"""Alembic revisions of the customers database."""
