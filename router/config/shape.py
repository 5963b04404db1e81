"""The shape of the configuration's model: which keys stand where, and what they hold."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

_TEXTS: Final = (str, Path, re.Pattern, SecretStr)


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """Give what a value may be, without None: one type, or several of a union."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return alternatives(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return tuple(one for member in typing.get_args(annotation) for one in alternatives(member))
    return () if annotation in (None, type(None)) else (annotation,)


def section_of(annotation: Any) -> type[BaseModel] | None:
    """Give the section that a value may be."""
    for one in alternatives(annotation):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def keys_of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """Give the keys of a section as they are written."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def value_of_mapping(annotation: Any) -> Any:
    """Give what the values of a mapping with free keys are; None for what is no such mapping."""
    for one in alternatives(annotation):
        if typing.get_origin(one) is dict:
            return typing.get_args(one)[1]
    return None


def item_of_list(annotation: Any) -> Any:
    """Give what the items of a list are; None for what is no list."""
    for one in alternatives(annotation):
        if typing.get_origin(one) in (tuple, list, frozenset):
            return typing.get_args(one)[0]
    return None


def below(annotation: Any, part: str | int) -> Any:
    """Give what stands at a key or an index; None where nothing of the kind is known."""
    if isinstance(part, int):
        return item_of_list(annotation)
    section = section_of(annotation)
    if section is not None:
        found = keys_of(section).get(part)
        return None if found is None else found.annotation
    return value_of_mapping(annotation)


def is_text(annotation: Any) -> bool:
    """Tell whether a value is text, whatever it looks like in YAML."""
    members = alternatives(annotation)
    return bool(members) and all(_is_text(one) for one in members)


def is_secret(annotation: Any) -> bool:
    """Tell whether a value must never be shown."""
    return SecretStr in alternatives(annotation)


def is_path(annotation: Any) -> bool:
    """Tell whether a value names a file or a folder."""
    return Path in alternatives(annotation)


def _is_text(one: Any) -> bool:
    if typing.get_origin(one) is typing.Literal:
        return all(isinstance(value, str) for value in typing.get_args(one))
    return (typing.get_origin(one) or one) in _TEXTS


def walk(annotation: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Give every key below, depth first; ``NAME`` stands for a free key, ``[]`` for a list's item."""
    section = section_of(annotation)
    if section is not None:
        for key, field in keys_of(section).items():
            yield (*path, key), field
            yield from walk(field.annotation, (*path, key))
        return
    for part, inner in (("NAME", value_of_mapping(annotation)), ("[]", item_of_list(annotation))):
        if inner is not None and (section_of(inner) is not None or value_of_mapping(inner) is not None):
            yield from walk(inner, (*path, part))
