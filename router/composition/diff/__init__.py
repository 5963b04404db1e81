"""What changes for clients between two schemas.

Entry: `changes_between` in ``diff.py``.  ``change.py`` has the codes; the other files each compare one kind of thing.
Invariants: equal schemas give nothing, whatever the order of their definitions; a change is told once.
"""
