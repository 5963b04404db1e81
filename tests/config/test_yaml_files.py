"""YAML as operators write it, and as attackers would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from router.config.document import read_document
from router.config.load import load_config
from router.config.problem import ConfigError


def read(folder: Path, text: str, **environment: str) -> dict[str, Any]:
    file = folder / "olympus.yaml"
    file.write_text(text)
    return read_document(file, environment).values


def refused(folder: Path, text: str, **environment: str) -> str:
    file = folder / "olympus.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, environment)
    return str(caught.value).replace(str(file), "FILE").replace(str(folder), "FOLDER")


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("limits:\n\tmax_depth: 1", "FILE:2: not YAML: found a tab; indent with spaces"),
        ("limits: 5", "FILE:1: limits: must be a mapping of keys to values"),
        ("limits:\n  max_depth: 1.5", "FILE:2: limits.max_depth: must be a whole number"),
        ("limits:\n  max_depth: yes", "FILE:2: limits.max_depth: must be a number"),
        ("supergraph:\n  introspection: 3", "FILE:2: supergraph.introspection: must be true or false"),
        ("cors:\n  policies: {a: 1}", "FILE:2: cors.policies: must be a list"),
        (
            "limits:\n  max_depth: 2026-13-01",
            "FILE:2: limits.max_depth: this is no value; put it in quotes if it is text",
        ),
        (
            "limits:\n  max_depth: " + 5000 * "9",
            "FILE:2: limits.max_depth: this is no value; put it in quotes if it is text",
        ),
        ("\nlimits: !!python/object:os.system {}", "FILE:2: limits: the tag"),
        ("a: 1\n---\nb: 1", "FILE:2: not YAML: "),
        ("\n\na: '\x07'", "FILE:3: not YAML: special characters are not allowed"),
        (LAUGHS, "FILE:1: not YAML: more than 200000 values, with every alias spelled out"),
        ("limits: &a\n  <<: *a\n", "FILE:2: not YAML: nested too deeply, or an anchor that contains itself"),
        ("limits:\n  <<: 3", "FILE:2: limits: << takes a mapping or a list of mappings"),
        ("[" * 5000, "FILE:1: not YAML: nested too deeply"),
        (
            "supergraph:\n  file: ${file.nope}",
            "FILE:2: supergraph.file: ${file.nope}: FOLDER/nope: no such file",
        ),
        ("supergraph:\n  file: ${env.A", "FILE:2: supergraph.file: ${ has no closing brace"),
        ("log:\n  level: loud", "FILE:2: log.level: should be 'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str, tmp_path: Path) -> None:
    assert refused(tmp_path, text).startswith(told)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "olympus.yaml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load_config(file, {})


def test_a_section_whose_keys_are_commented_out_is_its_defaults(tmp_path: Path) -> None:
    (tmp_path / "olympus.yaml").write_text("limits:\n  # max_depth: 1\nheaders:\n  all:\n")
    assert load_config(tmp_path / "olympus.yaml", {}) == load_config(None, {})


def test_anchors_and_merge_keys_spare_repetition(tmp_path: Path) -> None:
    values = read(
        tmp_path,
        "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: [{z: 3, y: 3}, *b], w: 4}\n",
    )
    assert values["b"] == {"y": 2, "x": 1}
    assert values["c"] == {"w": 4, "z": 3, "y": 3, "x": 1}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("$${env.A}", "${env.A}"),
        ("a$b{c}", "a$b{c}"),
        ("${env.A:-${env.B:-c}}", "c"),
        ("${env.A:-{1}}", "{1}"),
        ("${env.A:-}", ""),
        ("${env.SET}${env.SET}", "ss"),
        ("${env.OTHER}", "${env.SET}"),
        ("${file.${env.SET}.txt}", "text"),
    ],
)
def test_expressions_may_be_nested_and_escaped(written: str, value: str, tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("text\r\n")
    assert read(tmp_path, f"a: '{written}'", SET="s", OTHER="${env.SET}") == {"a": value}
