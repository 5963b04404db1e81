"""Every check, in the order in which their findings are told."""

from __future__ import annotations

from typing import Final

from router.registry.checking.lint_rules import lint_rules
from router.registry.checking.plan_size import plan_size
from router.registry.checking.schema_changes import schema_changes
from router.registry.checks import Check

CHECKS: Final[tuple[Check, ...]] = (schema_changes, plan_size, lint_rules)
