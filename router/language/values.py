"""Constant values in an SDL: as text, as plain data, and as something comparable."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Final, TypeAlias

from graphql.language import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
)

MAX_DIGITS: Final = 1_000
Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


def value_text(node: ValueNode) -> str:
    """The value as GraphQL, on one line."""
    if isinstance(node, StringValueNode):
        return quoted(node.value)
    if isinstance(node, BooleanValueNode):
        return "true" if node.value else "false"
    if isinstance(node, ListValueNode):
        return "[" + ", ".join(map(value_text, node.values)) + "]"
    if isinstance(node, ObjectValueNode):
        return "{" + ", ".join(f"{f.name.value}: {value_text(f.value)}" for f in node.fields) + "}"
    if isinstance(node, NullValueNode):
        return "null"
    return str(getattr(node, "value", "$" + getattr(getattr(node, "name", None), "value", "")))


def quoted(text: str) -> str:
    """The text as a GraphQL string on one line."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def comparable(node: ValueNode) -> Hashable:
    """Equal for values that mean the same: ``1`` and ``1.0``, ``{h, w}`` and ``{w, h}``."""
    if isinstance(node, (IntValueNode, FloatValueNode)):
        return ("number", float(node.value))
    if isinstance(node, ListValueNode):
        return ("list", *map(comparable, node.values))
    if isinstance(node, ObjectValueNode):
        fields = sorted(node.fields, key=lambda f: f.name.value)
        return ("object", *((f.name.value, comparable(f.value)) for f in fields))
    return (type(node).__name__.removeprefix("Const"), value_text(node))


def plain(node: ValueNode | None) -> Plain:
    """The value as Python data; an enum value becomes its name, no value None."""
    if node is None or isinstance(node, NullValueNode):
        return None
    if isinstance(node, (StringValueNode, BooleanValueNode, EnumValueNode)):
        return node.value
    if isinstance(node, IntValueNode):
        # Python reads no more than some thousand digits, and nothing here needs them.
        return int(node.value) if len(node.value) < MAX_DIGITS else float(node.value)
    if isinstance(node, FloatValueNode):
        return float(node.value)
    if isinstance(node, ListValueNode):
        return [plain(item) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {field.name.value: plain(field.value) for field in node.fields}
    return None


def string_argument(node: ValueNode | None) -> str | None:
    """The value when it is a string, else None."""
    return node.value if isinstance(node, StringValueNode) else None
