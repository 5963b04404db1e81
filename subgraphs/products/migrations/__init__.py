"""The history of the catalogue's tables, one revision per file."""
