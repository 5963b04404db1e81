"""Every key of ``olympus.yaml`` from the environment: ``OLYMPUS_LIMITS__MAX_DEPTH=20``.

Two underscores go one level down.  A text key takes the variable as it is; every other key takes it as YAML, so that
a list or a mapping can be given whole.  Variables beat the file; the deeper of two variables beats the other.
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from router.config.document import Document
from router.config.expand import ExpansionError, expand
from router.config.problem import ConfigError, KeyPath, Problem
from router.config.shape import below, is_text, item_of_list, keys_of, section_of, value_of_mapping, walk
from router.config.yaml_values import Origin, read_yaml

PREFIX: Final = "OLYMPUS_"

OTHERS: Final = {
    "OLYMPUS_CONFIG": "the file of `olympus serve --config`",
    "OLYMPUS_REGISTRY_URL": "the registry of `olympus publish` and its like",
    "OLYMPUS_REGISTRY_TOKEN": "its token",
    "OLYMPUS_GRAPH": "its graph",
    "OLYMPUS_VARIANT": "its variant",
    "OLYMPUS_SERVE": "how worker processes learn what to serve",
    "OLYMPUS_JWT_SECRET": "the demo's secret",
    "OLYMPUS_DEMO_DIR": "the demo's databases",
    "OLYMPUS_DEMO_TODAY": "the demo's date",
    "OLYMPUS_REDIS_URL": "the demo's events",
    "OLYMPUS_BENCH_HOME": "the benchmarks' downloads",
    "OLYMPUS_ORACLE_HOME": "the tests' downloads",
    "OLYMPUS_CLIENTS_HOME": "the tests' downloads",
}
"""Variables of that prefix that are no keys, and what they are."""

_LINKS: Final = re.compile(
    r"OLYMPUS(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|NAME|PORT"
    r"|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO|START|END))?)"
)
"""What Kubernetes and Docker links set in every container beside a service that is named olympus or olympus-…."""


def with_environment(document: Document, model: type[BaseModel], environment: Mapping[str, str]) -> Document:
    """Put the environment's values over the document's.  An empty variable counts as not set.

    Raises: ConfigError with every variable that is no key, or whose value is not YAML.
    """
    values = copy.deepcopy(document.values)
    lines, written, variables = dict(document.lines), dict(document.written), dict(document.variables)
    used = set(document.used)
    problems: list[Problem] = []
    for name in sorted(_names(document, environment), key=lambda name: (name.count("__"), name)):
        try:
            key_path, annotation = _key_path(model, name, values)
            value, found_used, found_written = _value(name, key_path, annotation, environment)
        except ConfigError as error:
            problems += error.problems
            continue
        used |= found_used
        for kept in (lines, written, variables):
            for stale in [path for path in kept if path[: len(key_path)] == key_path]:
                del kept[stale]
        written.update(found_written)
        variables[key_path] = name
        _put(values, key_path, value)
    if problems:
        raise ConfigError(*problems)
    return Document(document.path, values, lines, written, frozenset(used), variables)


def _names(document: Document, environment: Mapping[str, str]) -> list[str]:
    return [
        name
        for name, value in environment.items()
        if name.startswith(PREFIX)
        and value
        and name not in OTHERS
        and name not in document.used
        and not ("__" not in name and _LINKS.fullmatch(name))
    ]


def _key_path(model: type[BaseModel], name: str, values: Mapping[str, Any]) -> tuple[KeyPath, Any]:
    """Give the key that a variable stands for, and what the key holds.  Raises: ConfigError."""
    parts = name.removeprefix(PREFIX).split("__")
    annotation: Any = model
    key_path: tuple[str, ...] = ()
    there: Any = values
    for index, part in enumerate(parts):
        keys = _keys(annotation, there)
        key = keys.get(_spelled(part))
        if key is None and value_of_mapping(annotation) is not None and section_of(annotation) is None:
            key = part.lower() if part.isupper() else part
        if key is None or not part:
            raise ConfigError(_unknown(model, name, parts[:index], parts[index:], list(keys)))
        inner = below(annotation, key)
        if index + 1 < len(parts) and item_of_list(inner) is not None and value_of_mapping(inner) is None:
            whole = PREFIX + "__".join(parts[: index + 1])
            raise ConfigError(Problem(f"a list is given whole, as YAML or JSON, in {whole}", variable=name))
        annotation, key_path = inner, (*key_path, key)
        there = there.get(key) if isinstance(there, dict) else None
    return key_path, annotation


def _keys(annotation: Any, there: Any) -> dict[str, str]:
    """Give the keys at a place by their spelling in a variable's name: the section's, or those the file has."""
    section = section_of(annotation)
    if section is not None:
        return {_spelled(key): key for key in keys_of(section)}
    return {_spelled(key): key for key in there} if isinstance(there, dict) else {}


def _spelled(key: str) -> str:
    return re.sub(r"\W", "_", key).upper()


def _unknown(
    model: type[BaseModel], name: str, before: list[str], rest: list[str], keys: list[str]
) -> Problem:
    near = difflib.get_close_matches(rest[0].upper(), keys, n=1, cutoff=0.6)
    if near:
        hint = PREFIX + "__".join((*before, near[0], *rest[1:]))
    else:
        every = ["__".join(map(_spelled, path)) for path, _ in walk(model) if "[]" not in path]
        found = difflib.get_close_matches(name.removeprefix(PREFIX), every, n=1, cutoff=0.6)
        hint = PREFIX + found[0] if found else ""
    words = f"; did you mean {hint}?" if hint else "; `olympus config schema` lists the keys"
    return Problem(f"no key of the configuration{words}", variable=name)


def _value(
    name: str, key_path: KeyPath, annotation: Any, environment: Mapping[str, str]
) -> tuple[Any, set[str], dict[KeyPath, str]]:
    """Give a variable's value, what it asked of the environment, and what was replaced in it."""
    text = environment[name]
    if not is_text(annotation):
        # Relative paths in variables start where the process does, not at the file's folder.
        found = read_yaml(text, Origin(None, name, Path()), environment, key_path)
        return found.value, found.used, found.written
    try:
        expanded = expand(text, environment, Path())
    except ExpansionError as error:
        raise ConfigError(Problem(str(error), variable=name)) from None
    return expanded.text, set(expanded.variables), {key_path: text} if "${" in text else {}


def _put(values: dict[str, Any], key_path: KeyPath, value: Any) -> None:
    for key in key_path[:-1]:
        inner = values.get(str(key))
        if not isinstance(inner, dict):
            inner = values[str(key)] = {}
        values = inner
    values[str(key_path[-1])] = value
