"""The operator's files and environment, turned into each room's own options.

Entry functions: `load.load_config`, `options.engine_options`, `subgraphs_file.read_subgraphs_file`.
Invariants: every error says file, line and key; an unknown key is an error; no other room reads a file of the
operator or the environment.
"""
