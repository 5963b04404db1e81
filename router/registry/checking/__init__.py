"""The checks of a change, besides that it composes.

``all_checks.py`` lists them; ``policy.py`` is what a variant lets pass; ``runs.py`` keeps what was found.
"""
