"""What a registry found, for people, for tools and for GitHub's pages."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from router.cli.choices import ReportFormat

FINDINGS: Final = """
  passed
  findings {
    check severity code message coordinate variant
    locations { subgraph line column }
    operations { hash name clientName clientVersion requests }
  }
"""
"""The selection of a report that `print_report` reads."""

MAX_SHOWN: Final = 10
"""Operations below one finding; all of them are in the JSON."""

_SEVERITIES: Final = ("INFO", "WARNING", "ERROR")

_GITHUB: Final = {"ERROR": "error", "WARNING": "warning", "INFO": "notice"}


def print_json(value: Any) -> None:
    """Print a value for tools."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_report(report: Mapping[str, Any], format_: ReportFormat, files: Mapping[str, Path]) -> None:
    """Print the findings, for people the gravest last; ``files`` are where subgraphs' SDLs were read from, by name.

    Hints about other subgraphs only are counted: who reads this cannot follow them.
    """
    write: Callable[[Mapping[str, Any], Mapping[str, Path]], str]
    write = _github if format_ is ReportFormat.GITHUB else _text
    findings = [one for one in report["findings"] if not _is_of_others(one, files)]
    others = len(report["findings"]) - len(findings)
    if format_ is ReportFormat.TEXT:
        findings.sort(key=lambda one: _SEVERITIES.index(one["severity"]))
        if others:
            print(f"info: {_count(others, 'hint')} about other subgraphs: --format json has them")
    for finding in findings:
        print(write(finding, files))


def _is_of_others(finding: Mapping[str, Any], files: Mapping[str, Path]) -> bool:
    places = finding["locations"]
    return (
        finding["severity"] == "INFO"
        and bool(places)
        and not any(place["subgraph"] in files for place in places)
    )


def _text(finding: Mapping[str, Any], files: Mapping[str, Path]) -> str:
    places = ", ".join(_place(place, files) for place in finding["locations"])
    parts = [finding["severity"].lower(), places, finding["code"], finding["message"]]
    line = ": ".join(part for part in parts if part)
    if finding["variant"]:
        line += f" (in the contract {finding['variant']})"
    return "\n".join([line, *(f"    {told}" for told in _operations(finding))])


def _operations(finding: Mapping[str, Any]) -> Iterator[str]:
    operations = finding["operations"]
    for one in operations[:MAX_SHOWN]:
        client = (
            " ".join(filter(None, (one["clientName"], one["clientVersion"]))) or "a client without a name"
        )
        yield f"{one['name'] or one['hash'][:12]} of {client}: {_count(one['requests'], 'request')}"
    if len(operations) > MAX_SHOWN:
        yield f"and {len(operations) - MAX_SHOWN} more"


def _place(place: Mapping[str, Any], files: Mapping[str, Path]) -> str:
    name = files.get(place["subgraph"], place["subgraph"])
    return f"{name}:{place['line']}:{place['column']}"


def _github(finding: Mapping[str, Any], files: Mapping[str, Path]) -> str:
    """Give a workflow command.  Spec: GitHub Actions, "Workflow commands", with its escapes."""
    properties = {"title": finding["code"]}
    for place in finding["locations"]:
        if place["subgraph"] in files:
            file = files[place["subgraph"]]
            properties |= {"file": str(file), "line": str(place["line"]), "col": str(place["column"])}
            break
    message = "\n".join([finding["message"], *_operations(finding)])
    told = ",".join(f"{key}={_escaped(value, is_property=True)}" for key, value in properties.items())
    return f"::{_GITHUB[finding['severity']]} {told}::{_escaped(message)}"


def _escaped(text: str, *, is_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text


def summary(report: Mapping[str, Any]) -> str:
    """Give how many findings there are: ``2 errors, 1 warning``."""
    counts = {"ERROR": 0, "WARNING": 0, "INFO": 0}
    for finding in report["findings"]:
        counts[finding["severity"]] += 1
    words = {"ERROR": "error", "WARNING": "warning", "INFO": "hint"}
    return ", ".join(_count(counts[key], words[key]) for key in counts if counts[key]) or "nothing found"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@contextmanager
def progress(words: str) -> Iterator[None]:
    """Show what is waited for, where somebody watches; nothing of it is in the output."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415  # a tenth of a second

    with Console(stderr=True).status(words):
        yield
