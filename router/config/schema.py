"""The configuration's JSON Schema, for editors: what stands where, with descriptions."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from router.config.describe import about, description
from router.config.model import RouterConfig
from router.config.shape import item_of_list, keys_of, section_of, value_of_mapping

_EXPRESSION: Final = {
    "type": "string",
    "pattern": r"\$\{(env|file)\.",
    "description": "${env.X} or ${file.PATH}",
}


def configuration_schema() -> dict[str, Any]:
    """Give the schema of ``olympus.yaml``.

    Where a number, a switch or a text of some form belongs, ``${env.X}`` may stand too.
    """
    schema = RouterConfig.model_json_schema()
    sections = {section.__name__: section for section in _sections(RouterConfig)}
    for name, definition in (*schema.pop("$defs", {}).items(), ("RouterConfig", schema)):
        _describe(sections[name], definition)
        if name != "RouterConfig":
            schema.setdefault("$defs", {})[name] = definition
    schema |= {"title": "Olympus Router", "description": "What olympus.yaml may say."}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _sections(annotation: Any, found: dict[type[BaseModel], None] | None = None) -> list[type[BaseModel]]:
    found = {} if found is None else found
    inner = value_of_mapping(annotation) or item_of_list(annotation)
    if inner is not None:
        _sections(inner, found)
    section = section_of(annotation)
    if section is not None and section not in found:
        found[section] = None
        for field in section.model_fields.values():
            _sections(field.annotation, found)
    return list(found)


def _describe(section: type[BaseModel], definition: dict[str, Any]) -> None:
    definition.pop("title", None)
    definition["description"] = about(section)
    fields = keys_of(section)
    for key, plain in definition.get("properties", {}).items():
        shape = {name: value for name, value in plain.items() if name != "title"}
        definition["properties"][key] = {"description": description(section, fields[key]), **_widened(shape)}


def _widened(shape: dict[str, Any]) -> dict[str, Any]:
    """Give what an editor lets through: an expression, and null for a whole section."""
    if "$ref" in shape:
        return {"anyOf": [{"$ref": shape["$ref"]}, {"type": "null"}]}
    default = {"default": shape.pop("default")} if "default" in shape else {}
    if shape.get("type") not in ("object", "array") and shape != {"type": "string"}:
        shape = {"anyOf": [*(shape.get("anyOf") or [shape]), _EXPRESSION]}
    return {**shape, **default}
