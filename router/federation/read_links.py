"""From an SDL's schema directives to its `Links`, with what is wrong about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from graphql.language import (
    EnumValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
)

from router.federation.codes import (
    INVALID_GRAPHQL,
    INVALID_LINK_DIRECTIVE_USAGE,
    INVALID_LINK_IDENTIFIER,
    UNKNOWN_FEDERATION_LINK_VERSION,
    UNKNOWN_LINK_VERSION,
)
from router.federation.directives import FEDERATION_DIRECTIVES, FEDERATION_TYPES, LATEST_FEDERATION
from router.federation.links import (
    APOLLO,
    FEDERATION,
    LINK,
    Import,
    Link,
    Links,
    resolve_links,
    split_url,
)
from router.federation.subgraph import Problem
from router.language.sdl_nodes import Position, SdlDirective, SdlDocument
from router.language.values import string_argument

NAMESPACES_SINCE: Final = (2, 14)
"""First federation version that looks for links of one name."""


def read_links(directives: Iterable[SdlDirective], document: SdlDocument, problems: list[Problem]) -> Links:
    """The links among the schema's directives; problems are added to the list."""
    uses = tuple(directives)
    link_name = _link_directive_name(uses)
    links: list[Link] = []
    for use in uses:
        if use.name in {link_name, "core"}:
            link = _read_link(use, document.position(use.start), problems)
            if link is not None:
                links.append(link)
                problems.extend(_check(link))
    problems.extend(_repeated(links))
    problems.extend(_clashing(links))
    return resolve_links(tuple(links), link_name)


def _link_directive_name(uses: tuple[SdlDirective, ...]) -> str:
    """What this SDL calls ``@link``: the link to the link specification itself may rename it."""
    for use in uses:
        arguments = dict(use.arguments)
        url = string_argument(arguments.get("url"))
        if url is None or split_url(url)[0] != LINK:
            continue
        for item in _import_list(arguments.get("import")):
            if item is not None and item.name == "@link":
                return item.local[1:]
        return string_argument(arguments.get("as")) or "link"
    return "link"


def _read_link(use: SdlDirective, at: Position, problems: list[Problem]) -> Link | None:
    arguments = dict(use.arguments)
    written = use.name
    url = string_argument(arguments.get("url") or arguments.get("feature"))
    if url is None:
        message = f"@{written} needs a url that is a string; write @{written}(url: …)"
        problems.append(Problem(INVALID_LINK_DIRECTIVE_USAGE, message, at))
        return None
    alias = string_argument(arguments.get("as"))
    imports: list[Import] = []
    for item in _import_list(arguments.get("import")):
        if item is None:
            message = (
                f'The import list of @{written}(url: "{url}") has an entry that is neither a name nor '
                '{name: "…", as: "…"} with both names directives or both types'
            )
            problems.append(Problem(INVALID_LINK_DIRECTIVE_USAGE, message, at))
        else:
            imports.append(item)
    identity, name, version = split_url(url)
    purpose = arguments.get("for")
    if not (purpose is None or isinstance(purpose, NullValueNode) or _is_purpose(purpose)):
        message = (
            f'@{written}(url: "{url}") has a `for:` that is neither SECURITY nor EXECUTION; use one of them'
        )
        problems.append(Problem(INVALID_GRAPHQL, message, at))
    return Link(
        url=url,
        identity=identity,
        name=name,
        version=version,
        namespace=alias or name,
        imports=tuple(imports),
        purpose=purpose.value if isinstance(purpose, EnumValueNode) else None,
        line=at.line,
        column=at.column,
    )


def _is_purpose(node: ValueNode) -> bool:
    return isinstance(node, EnumValueNode) and node.value in ("SECURITY", "EXECUTION")


def _import_list(node: ValueNode | None) -> Iterator[Import | None]:
    if node is None:
        return
    for item in node.values if isinstance(node, ListValueNode) else (node,):
        yield _import(item)


def _import(node: ValueNode) -> Import | None:
    if isinstance(node, StringValueNode):
        return Import(node.value, node.value) if node.value else None
    if not isinstance(node, ObjectValueNode):
        return None
    entry = {f.name.value: string_argument(f.value) for f in node.fields}
    name = entry.get("name")
    local = entry.get("as", name)
    if (
        not name
        or not local
        or name.startswith("@") != local.startswith("@")
        or entry.keys() - {"name", "as"}
    ):
        return None
    return Import(name, local)


def _check(link: Link) -> Iterator[Problem]:
    at = Position(link.line, link.column)
    if link.namespace is not None and _is_bad_namespace(link.namespace):
        message = (
            f'"{link.namespace}" cannot name what @link(url: "{link.url}") brings: a name must be a '
            "GraphQL name without two underscores in a row or one at its end; choose another `as:`"
        )
        yield Problem(INVALID_LINK_DIRECTIVE_USAGE, message, at)
    if link.url.startswith(APOLLO) and (link.version is None or link.name is None):
        message = (
            f'@link(url: "{link.url}") is no specification: the URL must end in a name and a version, such as '
            f"{FEDERATION}/v{LATEST_FEDERATION[0]}.{LATEST_FEDERATION[1]}"
        )
        yield Problem(INVALID_LINK_IDENTIFIER, message, at)
        return
    if link.identity == LINK and link.version not in (None, (1, 0)):
        message = f'@link(url: "{link.url}"): only version v1.0 of the link specification is known; use it'
        yield Problem(UNKNOWN_LINK_VERSION, message, at)
    if link.identity == FEDERATION:
        yield from _check_federation(link, at)


def _is_bad_namespace(name: str) -> bool:
    return "__" in name or name.endswith("_") or not name.replace("_", "a").isalnum() or name[0].isdigit()


def _check_federation(link: Link, at: Position) -> Iterator[Problem]:
    version = link.version
    latest = f"v{LATEST_FEDERATION[0]}.{LATEST_FEDERATION[1]}"
    if version is None or not (2, 0) <= version <= LATEST_FEDERATION:
        message = f'@link(url: "{link.url}"): no such federation version is known; use v2.0 to {latest}'
        yield Problem(UNKNOWN_FEDERATION_LINK_VERSION, message, at)
        return
    for item in link.imports:
        if item.name.startswith("@"):
            spec = FEDERATION_DIRECTIVES.get(item.name[1:])
            if spec is not None and spec.since <= version:
                continue
            hint = f"; it needs v{spec.since[0]}.{spec.since[1]}" if spec else ""
        elif item.name in FEDERATION_TYPES:
            continue
        else:
            hint = f'; did you mean "@{item.name}"?' if item.name in FEDERATION_DIRECTIVES else ""
        message = (
            f"Cannot import unknown element {item.name} from federation v{version[0]}.{version[1]}{hint}"
        )
        yield Problem(INVALID_LINK_DIRECTIVE_USAGE, message, at)


def _repeated(links: list[Link]) -> Iterator[Problem]:
    seen: dict[str, Link] = {}
    for link in links:
        first = seen.setdefault(link.identity, link)
        if first is not link:
            message = (
                f'"{link.identity}" is linked twice, on lines {first.line} and {link.line}; '
                "merge the two @link uses into one"
            )
            yield Problem(INVALID_LINK_DIRECTIVE_USAGE, message, Position(link.line, link.column))


def _clashing(links: list[Link]) -> Iterator[Problem]:
    """One name may stand for one thing: an import for one element, and from v2.14 on a namespace for one link."""
    imported: dict[str, tuple[Link, str]] = {}
    for link in links:
        for item in link.imports:
            first, name = imported.setdefault(item.local, (link, item.name))
            if (first.identity, name) != (link.identity, item.name):
                message = (
                    f'"{item.local}" is imported from "{first.identity}" and from "{link.identity}"; '
                    "rename one of them with `as:`"
                )
                yield Problem(INVALID_LINK_DIRECTIVE_USAGE, message, Position(link.line, link.column))
    federation = next((link.version for link in links if link.identity == FEDERATION), None)
    if federation is None or federation < NAMESPACES_SINCE:
        return
    spaces: dict[str, Link] = {}
    for link in links:
        other = spaces.setdefault(link.namespace, link) if link.namespace else link
        if other.identity != link.identity:
            message = (
                f'"{other.identity}" and "{link.identity}" would both be called "{link.namespace}"; '
                "give one of them another name with `as:`"
            )
            yield Problem(INVALID_LINK_DIRECTIVE_USAGE, message, Position(link.line, link.column))
