"""Types that no operation over the visible schema can get to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from router.federation.api_schema import is_machinery
from router.language.sdl_nodes import SdlDirective, SdlDocument, SdlSchemaBlock, SdlTypeBlock


def unreachable(document: SdlDocument, inaccessible: str) -> frozenset[str]:
    """Names of the visible types that are not reachable from the roots.

    An object reaches the interfaces it implements, an interface its implementations.
    """
    types = {
        node.name: node
        for node in document.definitions
        if isinstance(node, SdlTypeBlock)
        and not is_machinery(node.name)
        and _is_visible(node.directives, inaccessible)
    }
    below: dict[str, list[str]] = {}
    for node in types.values():
        for interface, _ in node.interfaces:
            below.setdefault(interface, []).append(node.name)
    reached: set[str] = set()
    waiting = [name for name in _roots(document) if name in types]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in types:
            continue
        reached.add(name)
        waiting += _named_by(types[name], inaccessible)
        waiting += below.get(name, ())
    return frozenset(types.keys() - reached)


def _roots(document: SdlDocument) -> Iterable[str]:
    for node in document.definitions:
        if isinstance(node, SdlSchemaBlock):
            return [root.name for _, root in node.roots]
    return ("Query", "Mutation", "Subscription")


def _named_by(node: SdlTypeBlock, inaccessible: str) -> Iterator[str]:
    for field in node.fields:
        if _is_visible(field.directives, inaccessible):
            yield field.type[0]
            yield from (a.type[0] for a in field.arguments if _is_visible(a.directives, inaccessible))
    yield from (item.type[0] for item in node.inputs if _is_visible(item.directives, inaccessible))
    yield from (named.name for named in (*node.interfaces, *node.members))


def _is_visible(directives: Sequence[SdlDirective], inaccessible: str) -> bool:
    return all(d.name != inaccessible for d in directives)
