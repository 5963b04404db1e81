"""docs/checks.md names everything there is."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from router.composition.diff.change import CHANGES
from router.composition.lint.rules import CODES
from router.registry.checking.policy import CheckPolicy

DOCS = Path(__file__).parents[2] / "docs"


def test_every_change_rule_and_key_is_told() -> None:
    page = (DOCS / "checks.md").read_text()
    named = {*CHANGES, *CODES, *(one.name for one in fields(CheckPolicy))}
    assert [name for name in sorted(named) if f"`{name}`" not in page] == []


def test_every_picture_is_shown() -> None:
    page = (DOCS / "checks.md").read_text()
    pictures = sorted(file.name for file in (DOCS / "images").iterdir() if file.name.startswith("registry-"))
    assert pictures and [name for name in pictures if f"images/{name}" not in page] == []
