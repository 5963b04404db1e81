"""``persisted_queries``: sources, safelist, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.config.load import load
from router.config.options import engine_options
from router.config.problem import ConfigError
from router.guards.manifest_sources import TrustedOptions


def given() -> dict[str, str]:
    """A source of the operator's."""
    return {}


def read(folder: Path, text: str) -> TrustedOptions | None:
    file = folder / "olympus.yaml"
    file.write_text(text)
    loaded = load(file, {})
    try:
        return engine_options(loaded.config).trusted
    except ConfigError as error:
        raise loaded.placed(error) from None


def test_every_source_and_mode_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("{}")
    options = read(
        tmp_path,
        f"""
persisted_queries:
  enabled: true
  local_manifests: [m.json]
  url: https://user:pw@example.com/m.json
  redis: {{url: redis://r, key: k}}
  function: {__name__}:given
  poll_interval: 5s
  safelist: {{enabled: true, require_id: true}}
  log_unknown: true
""",
    )
    assert options is not None
    assert (options.paths, options.poll_s) == ((tmp_path / "m.json",), 5.0)
    assert (options.url, options.redis_url) == ("https://user:pw@example.com/m.json", "redis://r")
    assert (options.redis_key, options.function and options.function()) == ("k", {})
    assert options.is_safelist
    assert options.requires_id
    assert options.logs_unknown
    assert "pw" not in repr(options)


def test_they_are_off_by_default(tmp_path: Path) -> None:
    assert read(tmp_path, "") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("enabled: true", "olympus.yaml:1: persisted_queries: enabled needs a source"),
        (
            "safelist: {require_id: true}",
            "olympus.yaml:1: persisted_queries.safelist: require_id needs enabled: true",
        ),
        (
            "enabled: true, local_manifests: [nope.json]",
            r"olympus.yaml:1: persisted_queries.local_manifests.0: .*nope.json: no such file",
        ),
        ("url: 'ftp://x'", "olympus.yaml:1: persisted_queries.url: must be an http"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        read(tmp_path, f"persisted_queries: {{{text}}}")
