"""GraphQL text as data: parse, print, normalise and compare, without a schema's meaning."""
