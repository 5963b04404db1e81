"""Results of operations for people: JSON, tables where the data is rows, and the waterfall of the fetches."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final, TextIO

from router.cli.choices import QueryFormat

WIDEST_CELL: Final = 40
BAR: Final = 40
"""Characters of the waterfall's scale."""


class Printer:
    """Prints results to ``out``, errors and explanations to ``told``: data can be piped on."""

    def __init__(
        self, format_: QueryFormat, *, explains: bool, out: TextIO | None = None, told: TextIO | None = None
    ) -> None:
        self._format = format_
        self._explains = explains
        self._out = out or sys.stdout
        self._told = told or sys.stderr

    def show(self, result: dict[str, Any]) -> None:
        """Print one result; flushed, so that events are seen when they come."""
        if self._format is QueryFormat.JSON:
            print(json.dumps(result, indent=2, ensure_ascii=False), file=self._out, flush=True)
        else:
            if result.get("data") is not None:
                print("\n".join(_data_lines(result["data"])), file=self._out, flush=True)
            for error in result.get("errors") or ():
                print(_error_line(error), file=self._told)
        if self._explains:
            print("\n".join(waterfall_lines(result.get("extensions") or {})), file=self._told)


def _data_lines(data: Any) -> Iterator[str]:
    """Give a table where the data is nothing but one list of objects, as deep as it may be; else JSON."""
    path, value = _only(data)
    rows = [_flat(row) for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    if rows and len(rows) == len(value) and all(row is not None for row in rows):
        if path:
            yield f"{path} ({len(rows)})"
        yield from table_lines([row for row in rows if row is not None])
        return
    yield json.dumps(data, indent=2, ensure_ascii=False)


def _only(data: Any) -> tuple[str, Any]:
    """Follow objects of one field down to what is not one."""
    path = []
    while isinstance(data, dict) and len(data) == 1:
        key, data = next(iter(data.items()))
        path.append(key)
    return ".".join(path), data


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any] | None:
    """Give a row's cells, objects within as ``outer.inner``; None when a list is in it, which no cell can show."""
    cells: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            inner = _flat(value, f"{prefix}{key}.")
            if inner is None:
                return None
            cells |= inner
        elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
            return None
        else:
            cells[prefix + key] = value
    return cells


def table_lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Give a header, a rule and one line per row; numbers to the right."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(name), *(len(line[at]) for line in cells)) for at, name in enumerate(columns)]
    numeric = [all(isinstance(row.get(name), int | float | None) for row in rows) for name in columns]
    yield "  ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True)).rstrip()
    yield "  ".join("-" * width for width in widths)
    for line in cells:
        padded = (
            text.rjust(width) if is_number else text.ljust(width)
            for text, width, is_number in zip(line, widths, numeric, strict=True)
        )
        yield "  ".join(padded).rstrip()


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = "".join(one if one.isprintable() else " " for one in text)
    return text if len(text) <= WIDEST_CELL else f"{text[: WIDEST_CELL - 1]}…"


def _error_line(error: dict[str, Any]) -> str:
    extensions = error.get("extensions") or {}
    where = ".".join(str(step) for step in error.get("path") or ())
    facts = [str(one) for one in (extensions.get("code"), where, extensions.get("service")) if one]
    return f"error: {error.get('message')}" + (f" ({', '.join(facts)})" if facts else "")


def waterfall_lines(extensions: dict[str, Any]) -> Iterator[str]:
    """Give the fetches in the order they began, on one scale."""
    timing = extensions.get("timing")
    if timing is None:
        yield "The router tells no times to this caller (playground.explain, or olympus serve --dev)."
        return
    fetches = timing["fetches"]
    total = max(timing["durationMs"], 0.001)
    width = max((len(one["subgraph"]) for one in fetches), default=0)
    yield f"{len(fetches)} requests to subgraphs in {timing['durationMs']:.1f} ms"
    for one in fetches:
        start = min(round(one["startMs"] / total * BAR), BAR - 1)
        length = min(max(round(one["durationMs"] / total * BAR), 1), BAR - start)
        bar = (" " * start + "█" * length).ljust(BAR)
        facts = [f"{one['requestBytes']} B out, {one['responseBytes']} B in"]
        if one["representations"]:
            count = one["representations"]
            facts.insert(0, f"{count} {'entity' if count == 1 else 'entities'}")
        facts += [f"HTTP {one['status']}"] if one["status"] else []
        facts += ["shared"] if one["shared"] else []
        facts += [one["error"]] if one["error"] else []
        yield f"  {one['subgraph']:<{width}} |{bar}| {one['durationMs']:>8.1f} ms  {' · '.join(facts)}"
