"""The own SDL parser beside graphql-core's: the same definitions, and the same word about what is wrong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from graphql import GraphQLSyntaxError, parse, print_ast
from graphql.language import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    InputValueDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeExtensionNode,
    TypeSystemDefinitionNode,
    TypeSystemExtensionNode,
    ValueNode,
)

from router.language.sdl_lexer import SdlSyntaxError
from router.language.sdl_nodes import (
    SdlDefinition,
    SdlDirective,
    SdlDirectiveDefinition,
    SdlDirectiveExtension,
    SdlDocument,
    SdlInput,
    SdlSchemaBlock,
    SdlTypeBlock,
)
from router.language.sdl_parser import parse_sdl
from tests.golden import load_cases

KITCHEN_SINK = r'''
"""
A schema with
  everything in it \""" and more
"""
schema @a(x: [1, -2.5e3, {a: "b\n\u00e9\u{1F600}", c: null}]) @b { query: Q mutation: M, subscription: S }
extend schema @link(url: "x", import: ["@key", {name: "@a", as: "@b"}])
extend schema { mutation: N }
"one line" type T implements & I & J @d { "f" f("a" a: Int! = 3 @x, b: [[E!]]! = [[A]]): [T!]! @y @z g: T }
type Empty
type Only @directive
extend type T implements K
extend type T { h: Boolean }
interface I implements J { a: Int }
extend interface I @x
union U @u = | A | B
union V
extend union V = C
enum E @e { A """block""" B @deprecated(reason: "because") C }
extend enum E { D }
input In @i { a: Int = 1 @x b: String = """
    indented
      more
  """ c: In = {a: true, b: "", c: {}} }
extend input In @j
scalar S @specifiedBy(url: "http://x")
extend scalar S @x
"d" directive @dir(a: Int = 1 @x, b: String) @meta repeatable on | FIELD | OBJECT
directive @simple on SCHEMA
extend directive @dir @x
type type { type: type input: input on: fragment repeatable: schema }  # keywords as names
'''
EDGES = [
    "",
    "#",
    "{ a }",
    "query { a }",
    '"d" { a }',
    '"d" extend type T { a: Int }',
    '"d" what',
    '"d"',
    "what",
    "type",
    "type T {}",
    "type T { a }",
    "type T { a: }",
    "type T { a: Int",
    "type T { a: [Int }",
    "type T { a(): Int }",
    "type T implements { a: Int }",
    "extend type T",
    "extend scalar T",
    "extend schema",
    "extend what",
    "extend directive @a",
    "schema { what: Q }",
    "schema {}",
    "union U = ",
    "union U = | ",
    "union U = A |",
    "enum E { true }",
    "enum E {}",
    "directive @a on WHAT",
    "directive @a on",
    "directive a on FIELD",
    "type T @a(x: $y) { a: Int }",
    "type T @a(x: $) { a: Int }",
    "type T @a() { a: Int }",
    "type T @a(x) { a: Int }",
    "type T { a(x: Int = 01): Int }",
    "type T { a(x: Int = 1.): Int }",
    "type T { a(x: Int = 1e): Int }",
    "type T { a(x: Int = 1x): Int }",
    "type T { a(x: Int = -): Int }",
    "type T { a(x: Int = +1): Int }",
    'type T { a(x: S = "abc): Int }',
    'type T { a(x: S = "a\nb"): Int }',
    'type T { a(x: S = "\\x"): Int }',
    'type T { a(x: S = "\\uD800"): Int }',
    'type T { a(x: S = "\\u{110000}"): Int }',
    'type T { a(x: S = "\\u{D83D}"): Int }',
    'type T { a(x: S = "\\uD83D\\uDE00"): Int }',
    'type T { a(x: S = "\\u12"): Int }',
    '"""abc type T { a: Int }',
    "type T { a: Int ? }",
    "type T { é: Int }",
    "type T { a: Int } .. ",
    "type T { a: Int } ...",
    "type T { a: Int } \x00",
    "\ufefftype T { a: Int }",
    "type T {\r\n a: Int\r b: Int\n\n c }",
    "type T { a: Int } 'x'",
    "type T { a(x: Int = [1, {a: [}]): Int }",
    'type T { a(x: S = """a""""): Int }',
    'type T { a(x: S = ""): Int }',
    'type T { a(x: S = """""" y: Int): Int }',
]


def place(document: SdlDocument, start: int) -> tuple[int, int]:
    return tuple(document.position(start))  # type: ignore[return-value]


def theirs(text: str) -> list[object]:
    return [of_core(node) for node in parse(text).definitions]


def of_core(node: DefinitionNode) -> object:
    assert isinstance(node, (TypeSystemDefinitionNode, TypeSystemExtensionNode))
    description = getattr(node, "description", None)
    told = description.value if description else None
    uses = tuple(map(core_directive, node.directives or ()))
    if isinstance(node, (SchemaDefinitionNode, SchemaExtensionNode)):
        roots = [(r.operation.value, core_name(r.type)) for r in node.operation_types or ()]
        return (isinstance(node, SchemaExtensionNode), told, uses, roots)
    head = (core_name(node), told, uses)
    if isinstance(node, DirectiveDefinitionNode):
        arguments = [core_input(a) for a in node.arguments or ()]
        return (*head, arguments, node.repeatable, [place_.value for place_ in node.locations])
    if type(node).__name__ == "DirectiveExtensionNode":
        return head
    content = [core_name(n) for n in getattr(node, "interfaces", None) or ()]
    content += [core_name(n) for n in getattr(node, "types", None) or ()]
    parts = [core_part(n) for n in getattr(node, "fields", None) or getattr(node, "values", None) or ()]
    return (isinstance(node, TypeExtensionNode), *head, content, parts)


def core_name(node: object) -> tuple[str, int, int]:
    name = node.name  # type: ignore[attr-defined]
    return name.value, name.loc.start_token.line, name.loc.start_token.column


def core_directive(node: ConstDirectiveNode) -> object:
    return core_name(node), [(a.name.value, shown(a.value)) for a in node.arguments or ()]


def core_input(node: InputValueDefinitionNode) -> object:
    default = None if node.default_value is None else shown(node.default_value)
    return (*core_part(node), default)


def core_part(node: object) -> tuple[object, ...]:
    description = node.description  # type: ignore[attr-defined]
    uses = [core_directive(d) for d in node.directives or ()]  # type: ignore[attr-defined]
    of_type = getattr(node, "type", None)
    default = getattr(node, "default_value", None)
    return (
        core_name(node),
        description.value if description else None,
        None if of_type is None else print_ast(of_type),
        [core_input(a) for a in getattr(node, "arguments", None) or ()],
        None if default is None else shown(default),
        uses,
    )


def shown(value: ValueNode) -> str:
    """The value as JSON-like text; how a string was quoted does not count."""
    kind = value.kind
    if kind == "list_value":
        return "[" + ",".join(map(shown, value.values)) + "]"  # type: ignore[attr-defined]
    if kind == "object_value":
        return "{" + ",".join(f"{f.name.value}:{shown(f.value)}" for f in value.fields) + "}"  # type: ignore[attr-defined]
    return f"{kind} {getattr(value, 'value', None)!r}"


def ours(text: str) -> list[object]:
    document = parse_sdl(text)
    return [of_own(document, node) for node in document.definitions]


def of_own(document: SdlDocument, node: SdlDefinition) -> object:
    uses = tuple(own_directive(document, d) for d in node.directives)
    if isinstance(node, SdlSchemaBlock):
        roots = [(operation, (r.name, *place(document, r.start))) for operation, r in node.roots]
        return (node.is_extension, node.description, uses, roots)
    name = (node.name, *place(document, node.start))
    if isinstance(node, SdlDirectiveExtension):
        return (name, None, uses)
    head = (name, node.description, uses)
    if isinstance(node, SdlDirectiveDefinition):
        arguments = [own_input(document, a) for a in node.arguments]
        return (*head, arguments, node.is_repeatable, list(node.locations))
    assert isinstance(node, SdlTypeBlock)
    content = [(n.name, *place(document, n.start)) for n in (*node.interfaces, *node.members)]
    parts = [own_part(document, n) for n in node.fields or node.values or node.inputs]
    return (node.is_extension, *head, content, parts)


def own_directive(document: SdlDocument, node: SdlDirective) -> object:
    return (node.name, *place(document, node.start)), [(n, shown(v)) for n, v in node.arguments]


def own_input(document: SdlDocument, node: SdlInput) -> object:
    return (*own_part(document, node), None if node.default is None else shown(node.default))


def own_part(document: SdlDocument, node: object) -> tuple[object, ...]:
    name, start, description = node[:3]  # type: ignore[index]
    default = getattr(node, "default", None)
    return (
        (name, *place(document, start)),
        description,
        type_text(*node.type) if hasattr(node, "type") else None,
        [own_input(document, a) for a in getattr(node, "arguments", ())],
        None if default is None else shown(default),
        [own_directive(document, d) for d in node.directives],  # type: ignore[attr-defined]
    )


def type_text(name: str, required: tuple[bool, ...]) -> str:
    text = name
    for level, is_required in enumerate(reversed(required)):
        text = (f"[{text}]" if level else text) + ("!" if is_required else "")
    return text


def verdict(text: str, read: object) -> object:
    """What was read, or the message and place of what is wrong."""
    try:
        return read(text)  # type: ignore[operator]
    except SdlSyntaxError as error:
        return str(error), error.at.line, error.at.column
    except GraphQLSyntaxError as error:
        (found,) = error.locations or ()
        return error.message, found.line, found.column
    except AssertionError:
        return "executable"


def is_executable(answer: object) -> bool:
    return answer == "executable" or (isinstance(answer, tuple) and "operations and fragments" in answer[0])


def is_told_a_token_earlier(mine: object, core: object) -> bool:
    """graphql-core reads one token ahead, so of two faults it may tell the later one: a broken token."""
    if not (isinstance(mine, tuple) and isinstance(core, tuple)):
        return False
    is_lexical = core[0].startswith(
        tuple(f"Syntax Error: {word}" for word in ("Invalid", "Unterm", "Cannot"))
    )
    is_lexical = is_lexical or core[0].startswith("Syntax Error: Unexpected character")
    return is_lexical and mine[1:] < core[1:]


CORPUS = [KITCHEN_SINK, *(sdl for c in load_cases("composition") for _, sdl in c.texts("subgraph"))]


@pytest.mark.parametrize("sdl", [pytest.param(s, id=str(i)) for i, s in enumerate(CORPUS[::8])])
def test_a_schema_reads_as_graphql_core_reads_it(sdl: str) -> None:
    assert verdict(sdl, ours) == verdict(sdl, theirs)


def test_the_checked_in_schemas_read_as_graphql_core_reads_them() -> None:
    for path in sorted((Path(__file__).parents[2] / "schema").glob("*.graphql")):
        text = path.read_text(encoding="utf-8")
        assert ours(text) == theirs(text)


@pytest.mark.parametrize("sdl", EDGES)
def test_what_is_wrong_is_told_as_graphql_core_tells_it(sdl: str) -> None:
    mine = verdict(sdl, ours)
    if not is_executable(mine):
        assert mine == verdict(sdl, theirs)


def test_mutated_schemas_are_judged_alike() -> None:
    """Deleted, doubled, swapped and foreign characters; errors must agree on their place too."""
    dice = random.Random(3)
    for _ in range(600):
        sdl = list(dice.choice(CORPUS))
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(sdl) + 1)
            sdl[at : at + dice.choice([0, 0, 1, 2])] = dice.choice(
                ['"', "{", "}", "(", "@", "!", " x ", "\\", "1", ""]
            )
        text = "".join(sdl)
        mine, core = verdict(text, ours), verdict(text, theirs)
        if not (is_executable(mine) or is_executable(core)):
            assert mine == core or is_told_a_token_earlier(mine, core), text


def test_nesting_without_end_is_an_error() -> None:
    for text in (
        "type T { a: " + "[" * 10_000 + "Int" + "]" * 10_000 + " }",
        "type T { a(x: Int = " + "[" * 10_000 + "]" * 10_000 + "): Int }",
        "type T { a(x: Int = " + "{a: " * 10_000 + "1" + "}" * 10_000 + "): Int }",
    ):
        with pytest.raises(SdlSyntaxError, match="nested too deeply"):
            parse_sdl(text)
