"""The history of the tables of facts, one revision per file."""
