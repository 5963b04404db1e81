"""The tables of composition's codes and hints as text: a part of ``docs/errors.md``."""

from __future__ import annotations

from collections.abc import Iterator

from router.federation.codes import CODES, RETIRED
from router.federation.hints import HINTS

_HEAD = """# Composition errors and hints

## Errors

Each says why the subgraphs do not compose. Codes are stable; *since* is the federation version that introduced one.
"""

_HINTS = """
## Hints

Worth knowing, and no reason to stop. WARN: probably a mistake. INFO: worth knowing. DEBUG: normal in many schemas.
"""

_RETIRED = """
## Retired codes

Older composers emit them; this one never does.
"""


def errors_page() -> str:
    """The page as Markdown; the same tables give the same bytes."""
    return "\n".join(_lines()) + "\n"


def explain(code: str) -> str | None:
    """What one code means and what to do, or None for a code that was never one."""
    row = CODES.get(code)
    if row is not None:
        return f"{row.code} (since federation {row.since})\n\n{row.description}\n\nWhat to do: {row.what_to_do}\n"
    hint = HINTS.get(code)
    if hint is not None:
        return f"{hint.code} (hint, {hint.level})\n\n{hint.description}\n"
    if code in RETIRED:
        return f"{code} (retired)\n\n{RETIRED[code]}\n"
    return None


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "| code | since | meaning | what to do |"
    yield "|---|---|---|---|"
    for row in CODES.values():
        yield f"| `{row.code}` | {row.since} | {_cell(row.description)} | {_cell(row.what_to_do)} |"
    yield _HINTS
    yield "| code | level | meaning |"
    yield "|---|---|---|"
    for hint in HINTS.values():
        yield f"| `{hint.code}` | {hint.level} | {_cell(hint.description)} |"
    yield _RETIRED
    yield "| code | why |"
    yield "|---|---|"
    for code in sorted(RETIRED):
        yield f"| `{code}` | {_cell(RETIRED[code])} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
