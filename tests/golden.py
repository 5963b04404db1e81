"""Case files: one text file per case, its last section what the program must say.

    # why the case exists, in comment lines

    --- subgraph orders
    type Query { … }

    --- errors
    …

``GOLDEN=update`` rewrites the last section and nothing else.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent / "cases"
_TITLE = re.compile(r"^--- (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One case file; its path below ``tests/cases`` is the test's name."""

    path: Path
    why: str
    sections: list[tuple[str, str]]
    """Title and text of each section, the text without blank lines around it."""

    @property
    def name(self) -> str:
        return str(self.path.relative_to(CASES) if self.path.is_relative_to(CASES) else self.path.name)

    def section(self, title: str) -> str:
        """The text of the only section with this title."""
        (text,) = [text for name, text in self.sections if name == title]
        return text

    def texts(self, kind: str) -> list[tuple[str, str]]:
        """Of sections titled ``kind NAME``: NAME and text, in the order of the file."""
        return [(t.removeprefix(kind + " "), text) for t, text in self.sections if t.startswith(kind + " ")]

    def check(self, actual: str) -> None:
        """Fail unless the last section is ``actual``; with GOLDEN=update, make it so."""
        title, expected = self.sections[-1]
        actual = actual.strip("\n")
        if os.environ.get("GOLDEN") == "update":
            if actual != expected:
                whole = self.path.read_text(encoding="utf-8")
                start = [m for m in _TITLE.finditer(whole)][-1].end()
                self.path.write_text(f"{whole[:start]}\n{actual}\n", encoding="utf-8")
            return
        assert actual == expected, f"{self.name}: section {title!r} is not what the program says"


def load_case(path: Path) -> Case:
    """Read one case file."""
    text = path.read_text(encoding="utf-8")
    titles = list(_TITLE.finditer(text))
    assert titles, f"{path}: a case has sections titled '--- …'"
    why = [line.removeprefix("#").strip() for line in text[: titles[0].start()].splitlines() if line.strip()]
    assert why and text.startswith("#"), f"{path}: a case opens with # lines that say why it exists"
    ends = [m.start() for m in titles[1:]] + [len(text)]
    sections = [(m[1].strip(), text[m.end() : end].strip("\n")) for m, end in zip(titles, ends, strict=True)]
    return Case(path, " ".join(why), sections)


def load_cases(folder: Path | str) -> list[Case]:
    """Every ``*.case`` below a folder of ``tests/cases``, sorted by path."""
    return [load_case(path) for path in sorted((CASES / folder).rglob("*.case"))]
