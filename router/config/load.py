"""``olympus.yaml`` and the environment → `RouterConfig`, or every problem with its place."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from router.config.document import Document, read_document
from router.config.environment import with_environment
from router.config.model import RouterConfig
from router.config.problem import ConfigError, KeyPath, Problem, dotted
from router.config.shape import alternatives, below, is_path, keys_of, section_of


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and where each of its values came from."""

    config: RouterConfig
    document: Document

    def placed(self, error: ConfigError) -> ConfigError:
        """Give an error that knows only keys with their places: what is found when rooms' options are made."""
        return ConfigError(*(self._placed(problem) for problem in error.problems))

    def _placed(self, problem: Problem) -> Problem:
        if problem.key is None or problem.file is not None or problem.variable is not None:
            return problem
        known = (*self.document.lines, *self.document.variables)
        around = [path for path in known if f"{problem.key}.".startswith(f"{dotted(path)}.")]
        if not around:
            return problem
        place = self.document.problem(max(around, key=len), problem.message)
        return replace(place, key=problem.key)


def load_config(path: Path | None, environment: Mapping[str, str]) -> RouterConfig:
    """Read the configuration; without a file, the environment's alone.

    Relative paths in a file start at the file's folder, those in the environment where the process does.
    Raises: ConfigError with every problem found.
    """
    return load(path, environment).config


def load(path: Path | None, environment: Mapping[str, str]) -> Loaded:
    """Read the configuration with the places of its values.  Raises: ConfigError."""
    document = Document(None) if path is None else read_document(path, environment)
    document = with_environment(document, RouterConfig, environment)
    _locate(document, RouterConfig, document.values, ())
    return Loaded(check_model(RouterConfig, document), document)


Model = typing.TypeVar("Model", bound=BaseModel)


def check_model(model: type[Model], document: Document) -> Model:
    """Give the document as ``model``.  Raises: ConfigError, a line per problem."""
    if switches := list(_switches_for_numbers(document, model, document.values, ())):
        raise ConfigError(*switches)
    try:
        return model.model_validate(document.values)
    except ValidationError as error:
        problems = [_problem(model, document, found) for found in error.errors(include_input=False)]
        told = dict.fromkeys(problem for problem in problems if problem is not None)
        raise ConfigError(*told) from None


def _switches_for_numbers(
    document: Document, annotation: Any, value: Any, key_path: KeyPath
) -> Iterator[Problem]:
    """Find ``yes`` and ``true`` where a number belongs: Python would take them for 1."""
    if isinstance(value, bool):
        kinds = alternatives(annotation)
        if bool not in kinds and (int in kinds or float in kinds):
            yield document.problem(key_path, "must be a number")
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for part, inner in items:
        yield from _switches_for_numbers(document, below(annotation, part), inner, (*key_path, part))


def _locate(document: Document, annotation: Any, value: Any, key_path: KeyPath) -> None:
    """Let relative paths start at the file's folder."""
    items: Any = ()
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for part, inner in items:
        inner_annotation = below(annotation, part)
        if inner_annotation is None:
            continue
        if isinstance(inner, str) and is_path(inner_annotation):
            if document.variable((*key_path, part)) is None:
                value[part] = str(document.folder / inner)
        else:
            _locate(document, inner_annotation, inner, (*key_path, part))


def _problem(model: type[BaseModel], document: Document, found: Mapping[str, Any]) -> Problem | None:
    """Tell one of pydantic's findings; None for one about an alternative that nobody meant."""
    located = _key_path(model, document.values, found["loc"])
    if located is None:
        return None
    key_path, annotation = located
    kind = found["type"]
    if kind == "extra_forbidden":
        section = section_of(annotation)
        known = [] if section is None else list(keys_of(section))
        near = difflib.get_close_matches(str(key_path[-1]), known, n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}"?' if near else f"known are: {', '.join(known)}"
        key = ".".join(map(str, key_path))
        return document.problem(key_path, f'unknown key "{key}"; {hint}', names_key=False)
    message = _WORDS.get(kind) or found["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return document.problem(key_path, message[:1].lower() + message[1:])


_WORDS: Final = {
    "missing": "is missing",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "string_type": "must be text",
    "path_type": "must be a path",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}


def _key_path(model: type[BaseModel], values: Any, loc: tuple[str | int, ...]) -> tuple[KeyPath, Any] | None:
    """Give the key of a finding and what the section around it is.

    pydantic puts the names of a union's members into the path; a finding about a section where the value is no
    mapping, or about anything else where it is one, is left out.
    """
    key_path: KeyPath = ()
    around: Any = model
    annotation: Any = model
    for part in loc:
        section = section_of(annotation)
        if len(alternatives(annotation)) > 1 and not (_has(values, part) or _is_key(section, part)):
            if section is not None and (section.__name__ in str(part)) is not isinstance(values, dict):
                return None
            annotation = section
            continue
        around, annotation = annotation, below(annotation, part)
        key_path = (*key_path, part)
        values = values[part] if _has(values, part) else None
    return key_path, around


def _is_key(section: type[BaseModel] | None, part: str | int) -> bool:
    return section is not None and part in keys_of(section)


def _has(values: Any, part: str | int) -> bool:
    if isinstance(values, dict):
        return part in values
    return isinstance(values, list) and isinstance(part, int) and part < len(values)
