"""The ground plan, executable: walls between rooms, quarantine of libraries, sizes of files.

The plan itself is ``docs/house.md``, section 2.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROUTER = ROOT / "router"
FILES = sorted(ROUTER.rglob("*.py"))
CHARTERS = [
    p for p in FILES if p.name == "__init__.py" and p.parent != ROUTER and any(p.parent.glob("[!_]*.py"))
]
SUBGRAPHS = sorted((ROOT / "subgraphs").rglob("*.py"))

# Lowest first; rooms of one line do not know each other.
LAYERS = [
    {"errors"},
    {"language", "protocols", "telemetry"},
    {"federation", "transport", "events"},
    {"querygraph"},
    {"composition", "planning"},
    {"execution", "guards", "registry", "realtime"},
    {"plugins"},
    {"engine"},
    {"server"},
    {"config"},
    {"cli"},
    {"__main__", "__init__"},
]
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}

PURE = {"language", "protocols", "federation", "querygraph", "composition", "planning"}
IMPURE = {"asyncio", "logging", "os", "random", "secrets", "select", "socket", "ssl", "subprocess", "time"}

# Each library lives in these rooms and no other, so it can be replaced there.
LIBRARIES = {
    # Composition, planning and guards read its syntax tree; only the others parse, print or execute.
    # registry: its own API (ADR 41).
    "graphql": {"language", "federation", "composition", "planning", "execution", "guards", "registry"},
    "brotli": {"protocols"},
    "zstandard": {"protocols"},
    "orjson": {"protocols", "telemetry", "transport", "execution", "engine", "realtime"},
    # The command line extends uvicorn's protocol over it.
    "httptools": {"transport", "cli"},
    "httpx": {"transport", "guards"},
    "aiodataloader": {"transport"},
    "websockets": {"transport"},
    "redis": {"events", "guards"},
    "jwt": {"guards"},
    "casbin": {"guards"},
    # Comes with pyjwt[crypto]; signatures of artefacts (ADR 41).
    "cryptography": {"registry"},
    "sqlalchemy": {"registry"},
    "alembic": {"registry"},
    "watchfiles": {"registry"},
    "opentelemetry": {"telemetry"},
    "prometheus_client": {"telemetry"},
    "structlog": {"telemetry"},
    "starlette": {"server"},
    "multipart": {"server"},
    "python_multipart": {"server"},
    "pydantic": {"config"},
    "yaml": {"config"},
    "uvicorn": {"cli"},
    "uvloop": {"cli"},
    "typer": {"cli"},
    "rich": {"cli"},
}

MAX_LINES = 400


def room_of(path: Path) -> str:
    return path.relative_to(ROUTER).with_suffix("").parts[0]


def imports(path: Path) -> Iterator[list[str]]:
    """Every imported module of one file, as its dotted parts."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports by dots; name the module"
            assert node.module is not None
            yield node.module.split(".")


def written_lines(module: ast.Module) -> int:
    """Lines of functions, classes and imports: tables, that is constants at the top level, are exempt."""
    return sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in module.body
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr)
    )


def each(paths: list[Path], base: Path) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda p: str(p.relative_to(base)))


@each(FILES, ROUTER)
def test_imports_point_down(path: Path) -> None:
    """Level of the importer > level of the imported, unless they are one room."""
    room = room_of(path)
    assert room in LEVEL, f"{room} is not on the ground plan"
    for name in imports(path):
        if name[0] != "router":
            continue
        assert len(name) > 1, f"{room} imports the façade"
        assert name[1] == room or LEVEL[name[1]] < LEVEL[room], f"{room} imports {'.'.join(name)}"
        if (room, name[1]) == ("execution", "planning"):
            assert name[2:3] == ["plan"], "execution may see the plan, not the planner"
        if name[1] == "transport" and room not in {"transport", "engine"}:
            seen = {"base", "options", "tls"} if room == "config" else {"base"}
            assert name[-1] in seen, f"{room} sees a transport, not its interface"
        if name[1] == "telemetry":
            assert room not in PURE, f"pure room {room} imports telemetry"


@each(FILES, ROUTER)
def test_pure_rooms_stay_pure(path: Path) -> None:
    """No clock, no chance, no socket, no environment in the rooms that only turn data into data."""
    if room_of(path) in PURE:
        assert not {name[0] for name in imports(path)} & IMPURE


@each(FILES, ROUTER)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    """A library that the table does not know needs a line there, and an ADR."""
    room = room_of(path)
    for name in imports(path):
        if name[0] == "router" or name[0] in sys.stdlib_module_names:
            continue
        assert name[0] != "subgraphs", "the subgraphs are strangers to the router"
        assert room in LIBRARIES.get(name[0], set()), f"{room} imports {name[0]}"


@each(FILES, ROUTER)
def test_a_wall_is_visible(path: Path) -> None:
    """An import that only a type checker sees would go round this file's other tests."""
    names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
    assert "TYPE_CHECKING" not in names


@each(CHARTERS, ROUTER)
def test_a_room_opens_with_its_charter_alone(path: Path) -> None:
    """``__init__.py`` holds a docstring and nothing else: imports name the module they want."""
    module = ast.parse(path.read_text())
    assert ast.get_docstring(module), "a room says what it is for"
    if path.parent == ROUTER / "composition":
        return  # ADR 4: `router.composition.compose(subgraphs)` is an interface others rely on
    assert len(module.body) == 1, "a room's __init__.py holds its charter only"


@each(FILES, ROUTER)
def test_a_long_file_says_why(path: Path) -> None:
    """Above the limit, the module docstring has a line that begins with ``Length:``."""
    module = ast.parse(path.read_text())
    if written_lines(module) > MAX_LINES:
        docstring = ast.get_docstring(module) or ""
        assert any(line.startswith("Length:") for line in docstring.splitlines()), (
            f"{written_lines(module)} lines; look for the seam, or write the reason after 'Length:'"
        )


@each(SUBGRAPHS, ROOT)
def test_the_subgraphs_never_import_the_router(path: Path) -> None:
    """They are the example that subgraph owners copy."""
    assert "router" not in {name[0] for name in imports(path)}


def test_every_library_of_the_table_is_a_dependency_of_a_known_room() -> None:
    """The table names rooms of the ground plan only."""
    assert {room for rooms in LIBRARIES.values() for room in rooms} <= set(LEVEL)
