"""A contract variant: a supergraph of which clients see what its tags allow.

read        the supergraph's SDL, and what it calls @tag and @inaccessible
tags        what to hide: not included, or excluded, or left with nothing to show
reach       if asked: types that no operation can get to any more
check       what stays visible must still be a schema, by the rules of @inaccessible
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from router.composition.contract.hide import hide
from router.composition.contract.merged_from_sdl import merged_from_sdl
from router.composition.contract.reach import unreachable
from router.composition.contract.tags import Filter, hidden_by_tags
from router.composition.merge.merged import Merged
from router.composition.result import Composed, CompositionError, Rejected
from router.composition.supergraph_rules.rules import VISIBILITY_RULES
from router.composition.write_api import write_api
from router.federation.api_schema import is_machinery
from router.federation.canonical_names import supergraph_links
from router.federation.supergraph import InvalidSupergraphError, read_supergraph
from router.language.print_sdl import print_sdl
from router.language.sdl_nodes import SdlDocument
from router.language.sdl_parser import parse_sdl


def contract(
    supergraph: str,
    include_tags: Iterable[str] = (),
    exclude_tags: Iterable[str] = (),
    hide_unreachable: bool = False,
) -> Composed | Rejected:
    """Hide from a composed supergraph's clients what the tags leave out.

    With included tags, a type or field is visible when it, its type, or something in it has one of them.
    Excluded tags win over included ones.  A type left with nothing to show is hidden too.
    Codes: INVALID_FEDERATION_SUPERGRAPH, UNSUPPORTED_LINKED_FEATURE; those of @inaccessible for what stays
    visible and cannot.
    """
    try:
        read_supergraph(supergraph)
    except InvalidSupergraphError as error:
        return Rejected((CompositionError(error.code, str(error)),))
    document = parse_sdl(supergraph)  # as written, to be written again
    tag, inaccessible = _local_names(document)
    chosen = Filter(tag, inaccessible, frozenset(include_tags), frozenset(exclude_tags))
    document = hide(document, hidden_by_tags(document, chosen), inaccessible)
    if hide_unreachable:
        document = hide(document, unreachable(document, inaccessible), inaccessible)
    merged = merged_from_sdl(document, inaccessible)
    errors = tuple(error for rule in VISIBILITY_RULES for error in rule(merged))
    if errors:
        return Rejected(tuple(e for e in errors if isinstance(e, CompositionError)))
    return Composed(print_sdl(document), write_api(_without_machinery(merged)))


def _local_names(document: SdlDocument) -> tuple[str, str]:
    """What the supergraph calls @tag and @inaccessible."""
    known = supergraph_links(document).directives or {}
    local = {canonical: name for name, canonical in known.items()}
    return local.get("tag", "tag"), local.get("inaccessible", "inaccessible")


def _without_machinery(merged: Merged) -> Merged:
    return replace(merged, types={name: t for name, t in merged.types.items() if not is_machinery(name)})
