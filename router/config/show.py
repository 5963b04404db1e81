"""The effective configuration: every value, where it comes from, and no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, SecretStr

from router.config.document import Document
from router.config.load import Loaded
from router.config.problem import KeyPath, dotted
from router.config.shape import alternatives, keys_of

HIDDEN: Final = "***"

_CREDENTIAL: Final = re.compile(
    r"secret|passw|token|api[-_]?key|authorization|cookie|credential|private[-_]?key|signature", re.IGNORECASE
)
_USER: Final = re.compile(r"(?<=://)([^/?#\s]*)@")
_PARAMETER: Final = re.compile(r"(?<=[?&])([^=&#\s]+)=([^&#\s]*)")
_NAMING_KEYS: Final = ("name", "named", "rename")
_PLAIN: Final = re.compile(r"[A-Za-z_/.*][\w./*-]*")


@dataclass(frozen=True, slots=True)
class Shown:
    """One value as it may be read."""

    key_path: KeyPath
    value: Any
    """Text, number, switch, None, or an empty list or mapping."""
    source: Literal["default", "file", "environment"]
    place: str
    """``olympus.yaml:3``, the variable's name, or empty."""
    note: str = ""
    """The expression it came by."""


def shown(loaded: Loaded) -> list[Shown]:
    """Give every value in the model's order; of a list's items only what is set."""
    values = _values(loaded.document, loaded.config, None, (), is_hidden=False)
    return [one for one in values if one.source != "default" or not _is_in_list(one)]


def _is_in_list(one: Shown) -> bool:
    return any(isinstance(part, int) for part in one.key_path)


def as_json(loaded: Loaded) -> str:
    """Give a mapping of keys to ``{"value", "source", "place"}``."""
    rows = {
        dotted(one.key_path): {"value": one.value, "source": one.source, "place": one.place or None}
        for one in shown(loaded)
    }
    return json.dumps(rows, indent=2, ensure_ascii=False)


def as_yaml(loaded: Loaded) -> str:
    """Give the configuration as YAML that can be read in again, but for what is hidden."""
    rows = list(_yaml_rows(shown(loaded)))
    width = min(max((len(text) for text, _ in rows), default=0), 60)
    return "\n".join(f"{text:<{width}}  # {comment}" if comment else text for text, comment in rows)


def _yaml_rows(values: list[Shown]) -> Iterator[tuple[str, str]]:
    before: KeyPath = ()
    for one in values:
        path = one.key_path
        shared = next((i for i, (a, b) in enumerate(zip(path, before, strict=False)) if a != b), len(before))
        dash = ""
        for depth in range(min(shared, len(path) - 1), len(path)):
            part, indent = path[depth], "  " * depth
            if isinstance(part, int):
                if depth == len(path) - 1:
                    yield f"{indent}- {_scalar(one.value)}", _comment(one)
                else:
                    dash = "- "
                continue
            lead = indent[: len(indent) - len(dash)] + dash
            dash = ""
            if depth == len(path) - 1:
                yield f"{lead}{_key(part)}: {_scalar(one.value)}", _comment(one)
            else:
                yield f"{lead}{_key(part)}:", ""
        before = path


def _comment(one: Shown) -> str:
    source = one.place or one.source
    return f"{source}, {one.note}" if one.note else source


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        is_other = value.lower() in ("null", "true", "false", "yes", "no", "on", "off") or value[0] in "*."
        return json.dumps(value) if is_other else value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _values(
    document: Document, value: Any, annotation: Any, key_path: KeyPath, *, is_hidden: bool
) -> Iterator[Shown]:
    if isinstance(value, BaseModel):
        named = any(
            _CREDENTIAL.search(str(getattr(value, key, None) or "")) is not None for key in _NAMING_KEYS
        )
        for key, field in keys_of(type(value)).items():
            name = next(name for name, known in type(value).model_fields.items() if known is field)
            hides = is_hidden or (named and key not in _NAMING_KEYS)
            inner = getattr(value, name)
            yield from _values(document, inner, field.annotation, (*key_path, key), is_hidden=hides)
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _values(document, inner, None, (*key_path, key), is_hidden=is_hidden)
    elif isinstance(value, tuple | list | frozenset) and value:
        for index, inner in enumerate(value):
            yield from _values(document, inner, None, (*key_path, index), is_hidden=is_hidden)
    else:
        yield _one(document, value, annotation, key_path, is_hidden=is_hidden)


def _one(document: Document, value: Any, annotation: Any, key_path: KeyPath, *, is_hidden: bool) -> Shown:
    source, place = _source(document, key_path)
    written = document.written.get(key_path)
    note = (
        ""
        if written is None
        else "from " + ", ".join(re.findall(r"\$\{(?:env|file)\.[^:{}]+", written)) + "}"
    )
    hides = is_hidden or (written is not None and str in alternatives(annotation or str) and _is_free(value))
    return Shown(key_path, _readable(value, hides=hides), source, place, note)


def _is_free(value: Any) -> bool:
    """Tell whether a text may be anything, so that one from the environment may be a secret."""
    return (
        isinstance(value, str) and not value.startswith("/") and not re.fullmatch(r"[\w.\[\]:-]+:\d+", value)
    )


def _readable(value: Any, *, hides: bool) -> Any:
    if isinstance(value, SecretStr):
        text = value.get_secret_value()
        return without_secrets(text) if "://" in text else HIDDEN
    if isinstance(value, re.Pattern):
        return value.pattern
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple | frozenset):
        return []
    if isinstance(value, str):
        url = without_secrets(value)
        return HIDDEN if hides and (url == value or "://" not in value) else url
    return value


def without_secrets(text: str) -> str:
    """Hide the password of a URL, and what parameters with telling names say."""
    text = _USER.sub(
        lambda match: f"{match[1].partition(':')[0] if ':' in match[1] else HIDDEN}:{HIDDEN}@", text
    )
    return _PARAMETER.sub(
        lambda match: f"{match[1]}={HIDDEN if _CREDENTIAL.search(match[1]) else match[2]}", text
    )


def _source(document: Document, key_path: KeyPath) -> tuple[Literal["default", "file", "environment"], str]:
    if not _is_given(document.values, key_path):
        return "default", ""
    variable = document.variable(key_path)
    if variable is not None:
        return "environment", variable
    line = document.line(key_path)
    return "file", f"{document.path}:{line}"


def _is_given(values: Any, key_path: KeyPath) -> bool:
    for part in key_path:
        if isinstance(values, list) and isinstance(part, int):
            values = dict(enumerate(values))
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True
