"""What ``olympus check`` and ``publish`` print of a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from router.cli.choices import ReportFormat
from router.cli.registry_report import print_report, summary


def finding(severity: str, code: str, *subgraphs: str) -> dict[str, Any]:
    places = [{"subgraph": name, "line": 3, "column": 5} for name in subgraphs]
    told = {"severity": severity, "code": code, "message": f"About {code}", "variant": None}
    return {**told, "locations": places, "operations": []}


REPORT = {
    "findings": [
        finding("ERROR", "FIELD_REMOVED"),
        finding("INFO", "OF_OTHERS", "orders", "users"),
        finding("INFO", "OF_OTHERS_TOO", "users"),
        finding("WARNING", "LINT", "products"),
        finding("WARNING", "LINT_OF_OTHERS", "users"),
        finding("INFO", "OURS", "orders", "products"),
        finding("INFO", "TYPE_ADDED"),
    ]
}
FILES = {"products": Path("products.graphql")}


def test_the_gravest_comes_last_and_hints_about_others_are_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_report(REPORT, ReportFormat.TEXT, FILES)
    assert capsys.readouterr().out.splitlines() == [
        "info: 2 hints about other subgraphs: --format json has them",
        "info: orders:3:5, products.graphql:3:5: OURS: About OURS",
        "info: TYPE_ADDED: About TYPE_ADDED",
        "warning: products.graphql:3:5: LINT: About LINT",
        "warning: users:3:5: LINT_OF_OTHERS: About LINT_OF_OTHERS",
        "error: FIELD_REMOVED: About FIELD_REMOVED",
    ]
    assert summary(REPORT) == "1 error, 2 warnings, 4 hints"


def test_github_gets_no_notice_of_what_others_may_mend(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(REPORT, ReportFormat.GITHUB, FILES)
    told = capsys.readouterr().out
    assert told.count("::notice") == 2
    assert "OF_OTHERS::" in told  # the warning
    assert told.startswith("::error title=FIELD_REMOVED::")
