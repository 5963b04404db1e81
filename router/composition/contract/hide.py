"""@inaccessible put on elements of a supergraph."""

from __future__ import annotations

from collections.abc import Set
from typing import Final, TypeVar

from graphql.language import EnumValueNode, StringValueNode

from router.federation.links import APOLLO
from router.language.sdl_nodes import (
    SdlDirective,
    SdlDirectiveDefinition,
    SdlDocument,
    SdlEnumValue,
    SdlField,
    SdlInput,
    SdlSchemaBlock,
    SdlTypeBlock,
)

LOCATIONS: Final = (
    "FIELD_DEFINITION",
    "OBJECT",
    "INTERFACE",
    "UNION",
    "ARGUMENT_DEFINITION",
    "SCALAR",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
)
T = TypeVar("T", SdlField, SdlInput, SdlEnumValue, SdlTypeBlock)


def hide(document: SdlDocument, hidden: Set[str], name: str) -> SdlDocument:
    """The document with @inaccessible, called ``name`` here, on the elements of these coordinates.

    Its link and definition are added where the supergraph has none.
    """
    if not hidden:
        return document
    definitions = [
        _type(node, hidden, name) if isinstance(node, SdlTypeBlock) else node for node in document.definitions
    ]
    if not any(isinstance(n, SdlDirectiveDefinition) and n.name == name for n in definitions):
        definition = SdlDirectiveDefinition(name, 0, None, (), (), False, LOCATIONS)
        at = next((i for i, n in enumerate(definitions) if not isinstance(n, SdlSchemaBlock)), 0)
        definitions = [_linked(n) if isinstance(n, SdlSchemaBlock) else n for n in definitions]
        definitions.insert(at, definition)
    return SdlDocument(tuple(definitions), document.line_starts)


def _linked(schema: SdlSchemaBlock) -> SdlSchemaBlock:
    """The schema with a link to the specification, in the words of its other links."""
    is_core = any(d.name == "core" for d in schema.directives)
    url = StringValueNode(value=f"{APOLLO}inaccessible/v0.2")
    purpose = EnumValueNode(value="SECURITY")
    arguments = (("feature" if is_core else "url", url), ("for", purpose))
    link = SdlDirective("core" if is_core else "link", 0, arguments)
    return schema._replace(directives=(*schema.directives, link))


def _type(node: SdlTypeBlock, hidden: Set[str], name: str) -> SdlTypeBlock:
    prefix = f"{node.name}."
    return _marked(node, node.name, hidden, name)._replace(
        fields=tuple(_field(f, prefix + f.name, hidden, name) for f in node.fields),
        values=tuple(_marked(v, prefix + v.name, hidden, name) for v in node.values),
        inputs=tuple(_marked(i, prefix + i.name, hidden, name) for i in node.inputs),
    )


def _field(node: SdlField, coordinate: str, hidden: Set[str], name: str) -> SdlField:
    arguments = tuple(_marked(a, f"{coordinate}({a.name}:)", hidden, name) for a in node.arguments)
    return _marked(node._replace(arguments=arguments), coordinate, hidden, name)


def _marked(node: T, coordinate: str, hidden: Set[str], name: str) -> T:
    if coordinate not in hidden or any(d.name == name for d in node.directives):
        return node
    return node._replace(directives=(*node.directives, SdlDirective(name, 0, ())))
