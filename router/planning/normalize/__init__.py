"""From a parsed document to the `Operation` in normal form."""
