"""Merging: one file per kind of thing, each from declarations in subgraphs to one merged element.

Entry: `merge_subgraphs` in ``merge_subgraphs.py``.  Declarations come in the order of the
subgraphs' names, so the first one wins means the same in every run.
"""
