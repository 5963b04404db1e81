"""What each key of the configuration means, in the words its section's file has below it.

Read from the source on demand: a router that serves does not pay for its documentation.
"""

from __future__ import annotations

import ast
import inspect
import sys
import types
import typing
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from router.config.shape import item_of_list, section_of, value_of_mapping
from router.config.values import Section, Words


def description(section: type[BaseModel], field: FieldInfo) -> str:
    """Give what a key means; empty where nobody wrote it down."""
    for name, found in section.model_fields.items():
        if found is field:
            for owner in section.__mro__:
                if owner is Section:
                    break
                if text := _documented(owner.__module__).get((owner.__name__, name)):
                    return _in_one_line(text)
            if name == "enabled":
                return "Whether this is on."
    inner = section_of(field.annotation)
    return "" if inner is None else about(inner)


def about(section: type[BaseModel]) -> str:
    """Give what a section is for."""
    first = (section.__doc__ or "").split("\n\n")[0]
    head, _, rest = first.partition(": ")
    words = _in_one_line(rest if rest and head.startswith("``") else first)
    return words[:1].upper() + words[1:]


def kind(field: FieldInfo) -> str:
    """Give what a key takes, in words."""
    return _kind(field.annotation, tuple(field.metadata))


def default_of(field: FieldInfo) -> Any:
    """Give a key's default; ``...`` where it has none."""
    return ... if field.is_required() else field.get_default(call_default_factory=True)


def _kind(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    for one in metadata:
        if isinstance(one, Words):
            return one.text
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _kind(typing.get_args(annotation)[0], typing.get_args(annotation)[1:])
    if origin in (typing.Union, types.UnionType):
        members = [one for one in typing.get_args(annotation) if one is not type(None)]
        return " or ".join(dict.fromkeys(_kind(one) for one in members))
    return _plain(annotation)


def _plain(one: Any) -> str:
    if typing.get_origin(one) is typing.Literal:
        return " or ".join(f"`{value}`" for value in typing.get_args(one))
    if (value := value_of_mapping(one)) is not None:
        return f"mapping of names to {_kind(value)}"
    if (item := item_of_list(one)) is not None:
        return f"list of {_kind(item)}"
    if section_of(one) is not None:
        return "mapping"
    names = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        str: "text",
        SecretStr: "secret text",
    }
    return names.get(one) or ("path" if one is Path else "regular expression")


def _in_one_line(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


@cache
def _documented(module: str) -> dict[tuple[str, str], str]:
    """Give the texts below the keys of a module's classes."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    found: dict[tuple[str, str], str] = {}
    for owner in tree.body:
        if isinstance(owner, ast.ClassDef):
            for key, text in zip(owner.body, owner.body[1:], strict=False):
                if (
                    isinstance(key, ast.AnnAssign)
                    and isinstance(key.target, ast.Name)
                    and isinstance(text, ast.Expr)
                    and isinstance(text.value, ast.Constant)
                ):
                    found[owner.name, key.target.id] = str(text.value.value)
    return found
