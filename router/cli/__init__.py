"""The command ``olympus``: each command is a file, `app` puts them together.

Entry function: `app.main`.  Invariant: what a user does wrong ends in one clear line on standard error and a
non-zero status, never in a traceback.
"""
