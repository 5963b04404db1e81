"""Where each subgraph is asked for one caller: its URL, its time-out and the headers that cross."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router.engine.admission import Caller
from router.engine.header_rules import CompiledHeaderRules, HeaderRule
from router.engine.options import EngineOptions
from router.engine.response_headers import audience_of
from router.execution.context import Endpoint
from router.federation.supergraph import Supergraph
from router.transport.base import Headers

CAPACITY: Final = 1000


@dataclass(frozen=True, slots=True)
class _Subgraph:
    name: str
    url: str
    timeout_s: float
    max_representations: int | None
    joins_entities: bool
    rules: int
    """Which of the distinct rule lists is its."""


class Endpoints:
    """The endpoints of a supergraph.

    Cost per request: each distinct list of header rules once; callers with equal headers share the rest.
    """

    def __init__(self, supergraph: Supergraph, options: EngineOptions) -> None:
        lists: dict[tuple[HeaderRule, ...], int] = {}
        self._subgraphs = tuple(
            _Subgraph(
                join.name,
                options.subgraph_urls.get(join.name, join.url),
                options.subgraph_timeouts_s.get(join.name, options.subgraph_timeout_s),
                options.subgraph_max_representations.get(join.name, options.max_representations),
                options.subgraph_joins_entity_requests.get(join.name, options.joins_entity_requests),
                lists.setdefault(options.headers.rules_for(join.name), len(lists)),
            )
            for join in supergraph.subgraphs.values()
        )
        self._rules = tuple(CompiledHeaderRules(rules) for rules in lists)
        may_be_personal = options.response_headers.may_be_personal
        self._personal = frozenset(one.name for one in self._subgraphs if may_be_personal(one.name))
        self._kept: OrderedDict[tuple[tuple[Headers, ...], bytes | None], Mapping[str, Endpoint]] = (
            OrderedDict()
        )

    def headers(self, caller: Caller) -> tuple[Headers, ...]:
        """Give all that crosses to subgraphs for this caller: one entry per distinct list of rules."""
        return tuple(rules.headers(caller) for rules in self._rules)

    def audience(self, caller: Caller) -> bytes | None:
        """Give whom a whole answer may be shared with, everything else being equal; None: nobody.

        Where headers of answers reach clients that may be meant for one of them, only who shows the same credentials.
        """
        return audience_of(caller) if self._personal else b""

    def of(self, caller: Caller) -> Mapping[str, Endpoint]:
        """Give every subgraph's endpoint for this caller, by name."""
        headers, audience = self.headers(caller), self.audience(caller)
        found = self._kept.get((headers, audience))
        if found is None:
            found = self._kept[headers, audience] = {
                one.name: Endpoint(
                    one.url,
                    headers[one.rules],
                    one.timeout_s,
                    one.max_representations,
                    one.joins_entities,
                    audience if one.name in self._personal else b"",
                )
                for one in self._subgraphs
            }
            if len(self._kept) > CAPACITY:
                self._kept.popitem(last=False)
        return found
