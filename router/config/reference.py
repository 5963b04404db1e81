"""``docs/configuration.md``: every key of ``olympus.yaml``, from the model.

Run ``python -m router.config.reference`` to print it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from router.config.describe import about, default_of, description, kind
from router.config.environment import OTHERS, PREFIX
from router.config.model import RouterConfig
from router.config.shape import item_of_list, keys_of, section_of, value_of_mapping

_HEAD: Final = """# Configuration

Generated from the model in `router/config`; change that and run `python -m router.config.reference`.

`olympus serve --config olympus.yaml` (or `OLYMPUS_CONFIG`) reads one YAML file. Options of `olympus serve` go before
the environment, the environment before the file, the file before the defaults. What is under `subgraphs.NAME` goes
before what is under `all`.

- `olympus config validate FILE` tells every mistake with its line; its status is 1 if there is one.
- `olympus config show FILE` prints the effective configuration and where each value comes from, secrets hidden.
- `olympus config schema` prints the JSON Schema; editors take it from `# yaml-language-server: $schema=…`.

**Expressions** in text values: `${env.X}` (an error where X is not set), `${env.X:-default}` (also where X is empty;
the default may hold expressions), `${file.PATH}` (from the file's folder; a last line break is left out). `$${` is `${`
itself.

**Environment.** Every key outside lists has a variable: `limits.max_depth` is `OLYMPUS_LIMITS__MAX_DEPTH`, two
underscores for a dot, one for other characters. Text is taken as it is, everything else as YAML or JSON; a list is
given whole. A `NAME` that the file has is found by its letters, a new one is taken in lower case. An empty variable is
not set. A variable that begins with `OLYMPUS_` and is no key is refused, but for those that `${env.…}` asks for, those
of Kubernetes services and Docker links, and: """

_SERVE: Final = """
## Options of `olympus serve`

| option | instead of |
|---|---|
| `--supergraph`, `--subgraphs` | `supergraph.file`, `supergraph.subgraphs` |
| `--host`, `--port` | `supergraph.listen` |
| `--log-level`, `--log-format` | `log.level`, `log.format` |
| `--dev` | the playground and all it can show, `include_subgraph_errors.all: true`, suggestions for everyone |
| `--workers` | no key: it is about processes, not about the router |
"""


def configuration_page() -> str:
    """The page as Markdown; the same model gives the same bytes."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD + ", ".join(f"`{name}` ({use})" for name, use in OTHERS.items()) + "."
    yield _SERVE
    told: dict[type[BaseModel], str] = {}
    for key, field in keys_of(RouterConfig).items():
        section = section_of(field.annotation)
        yield f"## `{key}`\n\n{description(RouterConfig, field) if section is None else about(section)}\n"
        yield "| key | takes | default | |\n|---|---|---|---|"
        rows = _rows(key, field, told) if section is None else _section_rows(key, section, told)
        yield from rows
        yield ""
    lists = [f"`{PREFIX}{key.upper()}`" for key in ("limits", "cors")]
    yield f"Variables of whole sections, such as {' and '.join(lists)}, take a mapping and replace what the file says."


def _section_rows(path: str, section: type[BaseModel], told: dict[type[BaseModel], str]) -> Iterator[str]:
    told[section] = path
    for key, field in keys_of(section).items():
        inner = section_of(field.annotation)
        if inner is not None and kind(field) == "mapping":
            if inner in told:
                yield f"| `{path}.{key}` | mapping | | as `{told[inner]}` |"
            else:
                yield from _section_rows(f"{path}.{key}", inner, told)
        else:
            yield from _rows(f"{path}.{key}", field, told, description(section, field))


def _rows(
    path: str, field: FieldInfo, told: dict[type[BaseModel], str], text: str | None = None
) -> Iterator[str]:
    below = "NAME" if value_of_mapping(field.annotation) is not None else "[]"
    annotation = value_of_mapping(field.annotation) or item_of_list(field.annotation) or field.annotation
    inner = section_of(annotation)
    words = description(RouterConfig, field) if text is None else text
    if inner is not None and inner in told:
        words = f"{words} As `{told[inner]}`."
    yield f"| `{path}` | {kind(field)} | {_default(field)} | {words.replace('|', chr(92) + '|')} |"
    if inner is not None and inner not in told:
        place = path if annotation is field.annotation else f"{path}.{below}"
        yield from _section_rows(place, inner, told)


def _default(field: FieldInfo) -> str:
    default = default_of(field)
    if default is ...:
        return "required"
    return "" if default is None or default in ((), {}) else f"`{_written(default, field)}`"


def _written(value: Any, field: FieldInfo) -> str:
    if kind(field) == "duration":
        return f"{value:g}s"
    if isinstance(value, str | Path):
        return str(value)
    return json.dumps(value if not isinstance(value, tuple) else list(value))


if __name__ == "__main__":
    print(configuration_page(), end="")
