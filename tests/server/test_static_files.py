"""The playground's files: compressed ahead, and the same as what is not."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from router.server.playground import STATIC
from router.server.static_files import CompressedFiles


def client(folder: Path) -> httpx.AsyncClient:
    app = Starlette(routes=[Mount("/playground", CompressedFiles(folder, {"x-safe": "yes"}))])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_a_client_gets_the_smallest_form_that_it_accepts(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    file = tmp_path / "assets" / "a.js"
    file.write_text("let a;")
    (tmp_path / "assets" / "a.js.gz").write_bytes(gzip.compress(b"let a;"))
    async with client(tmp_path) as one:
        for accepted, coding in (
            ("gzip, br", "gzip"),
            ("gzip;q=0.5", "gzip"),
            ("gzip;q=0", None),
            ("identity", None),
            ("", None),
        ):
            answer = await one.get("/playground/assets/a.js", headers={"accept-encoding": accepted})
            assert answer.headers.get("content-encoding") == coding
            assert answer.text == "let a;"
            assert answer.headers["content-type"].startswith("text/javascript")
            assert answer.headers["vary"] == "accept-encoding"
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["x-safe"] == "yes"
        missing = await one.get("/playground/assets/b.js")
        assert missing.status_code == 404
        assert "cache-control" not in missing.headers


def test_what_was_compressed_ahead_is_what_stands_beside_it() -> None:
    packed = sorted(STATIC.rglob("*.gz"))
    assert len(packed) > 10
    for file in packed:
        assert gzip.decompress(file.read_bytes()) == file.with_suffix("").read_bytes()
        assert file.with_suffix(".br").is_file()
    assert len(list(STATIC.rglob("*.br"))) == len(packed)


async def test_the_brotli_form_says_the_same() -> None:
    file = next(STATIC.glob("assets/index-*.js"))
    async with client(STATIC) as one:
        answer = await one.get(f"/playground/assets/{file.name}", headers={"accept-encoding": "br"})
        assert answer.headers["content-encoding"] == "br"
        assert answer.content == file.read_bytes()  # httpx has unpacked it


def test_what_the_editor_waits_for_stays_below_a_megabyte() -> None:
    """Of what the page names, compressed as browsers take it; fonts, workers and formatters come later."""
    page = (STATIC / "index.html").read_text("utf-8")
    named = {STATIC / one for one in re.findall(r'(?:src|href)="/playground/(assets/[^"]+)"', page)}
    assert any("monaco" in one.name for one in named), "the editor is fetched while the page starts"
    sizes = [min(file.stat().st_size, _packed(file)) for file in named]
    assert sum(sizes) < 1_000_000


def _packed(file: Path) -> int:
    packed = file.with_name(f"{file.name}.br")
    return packed.stat().st_size if packed.is_file() else file.stat().st_size
