"""What `python -m tests.mutation` makes of a module."""

from __future__ import annotations

import ast

from tests.mutation.__main__ import TESTS, file_of
from tests.mutation.mutants import mutants

SOURCE = '''
def least(values: list[int], most: int = 3) -> int:
    """Give it."""
    if values and len(values) < most:
        note(values)
        return min(values) + 1
    return 0
'''


def test_each_mutant_has_one_change_and_the_next_has_it_no_more() -> None:
    made = [(one.what, one.source) for one in mutants(SOURCE)]
    assert [what for what, _ in made] == [
        "3 is 4",
        "the condition is turned",
        "And is Or",
        "Lt is LtE",
        "the call is left out",
        "None is returned",
        "Add is Sub",
        "1 is 2",
        "None is returned",
        "0 is 1",
    ]
    plain = ast.unparse(ast.parse(SOURCE)).splitlines()
    for what, source in made:
        changed = [line for line, before in zip(source.splitlines(), plain, strict=True) if line != before]
        assert len(changed) == 1, what


def test_the_modules_chosen_and_their_tests_are_there() -> None:
    root = file_of("router.errors").parents[1]
    for module, tests in TESTS.items():
        assert file_of(module).is_file()
        assert all((root / test).exists() for test in tests)
