"""``olympus.yaml`` → `RouterConfig`, or every problem of the file with its line."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from router.config.document import ConfigError, Document, KeyPath, read_document
from router.config.model import RouterConfig


def load_config(path: Path, environment: Mapping[str, str]) -> RouterConfig:
    """Read the configuration.  Relative paths in it start at the file's folder.

    Raises: ConfigError with every problem found.
    """
    document = read_document(path, environment)
    config = check_model(RouterConfig, document)
    supergraph = config.supergraph
    located = {
        name: None if value is None else path.parent / value
        for name, value in (("file", supergraph.file), ("subgraphs", supergraph.subgraphs))
    }
    return config.model_copy(update={"supergraph": supergraph.model_copy(update=located)})


Model = typing.TypeVar("Model", bound=BaseModel)


def check_model(model: type[Model], document: Document) -> Model:
    """Give the document as ``model``.  Raises: ConfigError, a line per problem."""
    try:
        return model.model_validate(document.values)
    except ValidationError as error:
        problems = [_words(model, document, problem) for problem in error.errors()]
        raise ConfigError(*dict.fromkeys(problems)) from None


def _words(model: type[BaseModel], document: Document, problem: Mapping[str, Any]) -> str:
    key_path: KeyPath = tuple(problem["loc"])
    place, key = document.place(key_path), ".".join(str(part) for part in key_path)
    if problem["type"] == "extra_forbidden":
        known = _fields_at(model, key_path[:-1])
        near = difflib.get_close_matches(str(key_path[-1]), known, n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}"?' if near else f"known are: {', '.join(known)}"
        return f'{place}: unknown key "{key}"; {hint}'
    message = problem["msg"].removeprefix("Value error, ")
    return f"{place}: {key}: {message[:1].lower()}{message[1:]}" if key else f"{place}: {message}"


def _fields_at(model: type[BaseModel], key_path: KeyPath) -> list[str]:
    """Give the keys known where ``key_path`` leads."""
    current: Any = model
    for part in key_path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = _inner(current.model_fields[str(part)].annotation)
        else:
            # A mapping's value or a list's item.
            current = _inner(typing.get_args(current)[-1 if typing.get_origin(current) is dict else 0])
    return list(current.model_fields)


def _inner(annotation: Any) -> Any:
    """Strip ``| None`` and ``Annotated`` from a type."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _inner(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _inner(next(one for one in typing.get_args(annotation) if one is not type(None)))
    return annotation
