"""What the fields of the API give.

A field is a method of its type's class here, else an attribute of what the registry gave: ``createdAt`` is
``created_at``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

from graphql import GraphQLResolveInfo

from router.composition.diff.change import Change as SchemaChange
from router.composition.diff.diff import changes_between
from router.registry.api.asking import Asking
from router.registry.api.entities import EntityView, entities_of
from router.registry.api.insight import CheckRunView, CoordinateUseView, OperationView
from router.registry.api.webhooks import WebhookMutations, WebhookView
from router.registry.checking.policy import read_policy_json
from router.registry.checks import CheckReport
from router.registry.database.token_rows import TokenRow
from router.registry.errors import RegistryInvalidError, RegistryNotFoundError
from router.registry.model import (
    AuditEntry,
    Contract,
    Publication,
    Release,
    SubgraphRevision,
    Variant,
    VariantRef,
)
from router.registry.outcome import Changed
from router.registry.tokens import ALL, NewToken, Scope

MAX_PAGE: Final = 200

_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def resolve(source: Any, info: GraphQLResolveInfo[Asking], **arguments: Any) -> Any:
    """Give a field's value; awaitable where it is a method."""
    name = _snake(info.field_name)
    value = getattr(source, name)
    if callable(value):
        return value(info.context, **{_snake(key): given for key, given in arguments.items()})
    return leaf(value)


def leaf(value: Any) -> Any:
    """Give a value as the schema's scalars and enums have it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Enum):
        return value.name
    return [_view(one) for one in value] if isinstance(value, list | tuple) else _view(value)


def _snake(name: str) -> str:
    return _HUMP.sub("_", name).lower()


def _view(value: Any) -> Any:
    for kind, view in _VIEWS.items():
        if isinstance(value, kind):
            return view(value)
    return value


class Query:
    """The root of what can be read."""

    async def graphs(self, asking: Asking) -> list[GraphView]:
        """Give those that the caller may read."""
        names = await asking.registry.graphs()
        return [GraphView(name) for name in names if asking.caller.may(name, Scope.READ)]

    async def graph(self, asking: Asking, name: str) -> GraphView | None:
        """Raises: RegistryForbiddenError."""
        asking.caller.need(name, Scope.READ)
        return GraphView(name) if name in await asking.registry.graphs() else None

    async def release(self, asking: Asking, id: int) -> ReleaseView | None:  # noqa: A002  # the schema's name
        """Give none, too, for one that the caller may not read."""
        found = await asking.registry.release(id)
        if found is None or not asking.caller.may(found.ref.graph, Scope.READ):
            return None
        return ReleaseView(found)

    async def check_run(self, asking: Asking, id: int) -> CheckRunView | None:  # noqa: A002  # the schema's name
        """Give none, too, for one that the caller may not read."""
        found = await asking.registry.insight.run(id)
        if found is None or not asking.caller.may(found.ref.graph, Scope.READ):
            return None
        return CheckRunView(found)

    async def diff(self, asking: Asking, **releases: int) -> list[SchemaChange]:
        """Raises: RegistryNotFoundError."""
        texts = []
        for id_ in (releases["from"], releases["to"]):
            release, text = await asking.registry.release(id_), await asking.registry.release_text(id_)
            if release is None or text is None or not asking.caller.may(release.ref.graph, Scope.READ):
                raise RegistryNotFoundError(f"there is no release {id_}")
            texts.append(text.api_sdl)
        return list(await asyncio.to_thread(changes_between, *texts))

    async def tokens(self, asking: Asking) -> list[TokenView]:
        """Raises: RegistryForbiddenError."""
        asking.caller.need(ALL, Scope.ADMIN)
        return [TokenView(row) for row in await asking.tokens.list()]


class Mutation(WebhookMutations):
    """The root of what changes something."""

    async def publish(
        self, asking: Asking, graph: str, variant: str, subgraphs: Sequence[Mapping[str, Any]], force: bool
    ) -> ChangedView:
        """Raises: RouterError."""
        ref = _ref(asking, graph, variant, Scope.PUBLISH)
        publications = [_publication(given) for given in subgraphs]
        actor = asking.caller.actor
        return ChangedView(await asking.registry.publish(ref, publications, actor, is_forced=force))

    async def check(
        self, asking: Asking, graph: str, variant: str, subgraphs: Sequence[Mapping[str, Any]]
    ) -> ReportView:
        """Raises: RouterError."""
        ref = _ref(asking, graph, variant, Scope.CHECK)
        publications = [_publication(given) for given in subgraphs]
        return ReportView(await asking.registry.check(ref, publications, asking.caller.actor))

    async def delete_subgraph(
        self, asking: Asking, graph: str, variant: str, name: str, force: bool
    ) -> ChangedView:
        """Raises: RouterError."""
        ref = _ref(asking, graph, variant, Scope.PUBLISH)
        return ChangedView(await asking.registry.delete(ref, name, asking.caller.actor, is_forced=force))

    async def rollback(self, asking: Asking, graph: str, variant: str, release: int) -> ChangedView:
        """Raises: RouterError."""
        ref = _ref(asking, graph, variant, Scope.PUBLISH)
        return ChangedView(await asking.registry.rollback(ref, release, asking.caller.actor))

    async def set_contract(
        self, asking: Asking, graph: str, variant: str, contract: Mapping[str, Any], force: bool
    ) -> ChangedView:
        """Raises: RouterError."""
        ref = _ref(asking, graph, variant, Scope.PUBLISH)
        wanted = Contract(
            contract["source"],
            tuple(contract["includeTags"]),
            tuple(contract["excludeTags"]),
            contract["hideUnreachable"],
        )
        return ChangedView(await asking.registry.derive(ref, wanted, asking.caller.actor, is_forced=force))

    async def set_check_policy(self, asking: Asking, graph: str, variant: str, policy: Any) -> Any:
        """Raises: RouterError."""
        ref = _ref(asking, graph, variant, Scope.ADMIN)
        wanted = read_policy_json(policy)
        await asking.registry.insight.set_policy(ref, wanted, asking.signed())
        return wanted.to_json()

    async def create_token(
        self,
        asking: Asking,
        name: str,
        scopes: Sequence[Mapping[str, Any]],
        expires_in_days: float | None = None,
    ) -> NewTokenView:
        """Raises: RouterError."""
        asking.caller.need(ALL, Scope.ADMIN)
        signed = asking.signed()
        granted = {one["graph"]: Scope[one["scope"]] for one in scopes}
        return NewTokenView(
            await asking.tokens.create(name, granted, signed, expiry(signed.at, expires_in_days))
        )

    async def revoke_token(self, asking: Asking, id: str) -> bool:  # noqa: A002  # the schema's name
        """Raises: RouterError."""
        asking.caller.need(ALL, Scope.ADMIN)
        await asking.tokens.revoke(id, asking.signed())
        return True


def expiry(now: datetime, days: float | None) -> datetime | None:
    """Give when a token ends.  Raises: RegistryInvalidError."""
    if days is None:
        return None
    if not 0 < days <= 3660:
        raise RegistryInvalidError("a token is valid for more than 0 and at most 3660 days")
    return now + timedelta(days=days)


def _ref(asking: Asking, graph: str, variant: str, scope: Scope) -> VariantRef:
    asking.caller.need(graph, scope)
    return VariantRef(graph, variant)


def _publication(given: Mapping[str, Any]) -> Publication:
    return Publication(given["name"], given["sdl"], given.get("url"))


def _page(first: int) -> int:
    if not 0 < first <= MAX_PAGE:
        raise RegistryInvalidError(f"first is from 1 to {MAX_PAGE}")
    return first


@dataclass(frozen=True, slots=True)
class GraphView:
    """``Graph``; who got here may read it."""

    name: str

    async def variants(self, asking: Asking) -> list[VariantView]:
        """Give all, sorted."""
        return [VariantView(variant) for variant in await asking.registry.variants(self.name)]

    async def variant(self, asking: Asking, name: str) -> VariantView | None:
        """Give one."""
        found = {one.ref.variant: one for one in await asking.registry.variants(self.name)}
        return VariantView(found[name]) if name in found else None

    async def webhooks(self, asking: Asking) -> list[WebhookView]:
        """Raises: RegistryForbiddenError."""
        asking.caller.need(self.name, Scope.ADMIN)
        return [WebhookView(one) for one in await asking.registry.insight.webhooks(self.name)]

    async def audit(
        self, asking: Asking, first: int, before: int | None = None, variant: str | None = None
    ) -> list[AuditEntry]:
        """Raises: RegistryForbiddenError."""
        asking.caller.need(self.name, Scope.ADMIN)
        return await asking.registry.audit(self.name, variant, _page(first), before)


class VariantView:
    """``Variant``."""

    def __init__(self, variant: Variant) -> None:
        self._ref = variant.ref
        self._live_id = variant.live_release_id
        self.graph = variant.ref.graph
        self.name = variant.ref.variant
        self.created_at = variant.created_at
        self.contract = variant.contract

    async def subgraphs(self, asking: Asking) -> list[SubgraphRevision]:
        """Give what it is made of; of a contract, what its source was made of."""
        if self.contract is not None:
            return [] if self._live_id is None else await asking.registry.release_revisions(self._live_id)
        return await asking.registry.subgraphs(self._ref)

    async def subgraph(self, asking: Asking, name: str) -> SubgraphRevision | None:
        """Give one."""
        return next((one for one in await self.subgraphs(asking) if one.subgraph == name), None)

    async def live(self, asking: Asking) -> ReleaseView | None:
        """Give what is live."""
        found = None if self._live_id is None else await asking.registry.release(self._live_id)
        return None if found is None else ReleaseView(found)

    async def releases(self, asking: Asking, first: int, before: int | None = None) -> list[ReleaseView]:
        """Give releases, the newest first."""
        return [ReleaseView(one) for one in await asking.registry.releases(self._ref, _page(first), before)]

    async def entities(self, asking: Asking) -> list[EntityView]:
        """Give types with a key."""
        return await asyncio.to_thread(entities_of, await self.subgraphs(asking))

    async def check_runs(self, asking: Asking, first: int, before: int | None = None) -> list[CheckRunView]:
        """Give what checks found, the newest first."""
        return [
            CheckRunView(one) for one in await asking.registry.insight.runs(self._ref, _page(first), before)
        ]

    async def check_policy(self, asking: Asking) -> Any:
        """Give what checks let pass."""
        return (await asking.registry.insight.policy(self._ref)).to_json()

    async def operations(self, asking: Asking, days: int, first: int) -> list[OperationView]:
        """Give recorded operations, the most frequent first."""
        found = await asking.registry.insight.operations(self._ref, datetime.now(UTC), days)
        return [OperationView(one) for one in found[: _page(first)]]

    async def usage(self, asking: Asking, coordinate: str, days: int) -> list[CoordinateUseView]:
        """Give who used a coordinate.  Raises: RegistryNotFoundError."""
        found = await asking.registry.insight.usage(self._ref, coordinate, datetime.now(UTC), days)
        return [CoordinateUseView(one) for one in found]


class ReleaseView:
    """``Release``."""

    def __init__(self, release: Release) -> None:
        self.id = release.id
        self.graph = release.ref.graph
        self.variant = release.ref.variant
        self.kind = release.kind
        self.of = release.of_release_id
        self.is_live = release.is_live
        self.created_at = release.created_at
        self.created_by = release.created_by

    async def supergraph(self, asking: Asking) -> str | None:
        """Give the text for routers."""
        text = await asking.registry.release_text(self.id)
        return None if text is None else text.supergraph_sdl

    async def api_schema(self, asking: Asking) -> str | None:
        """Give the text for clients."""
        text = await asking.registry.release_text(self.id)
        return None if text is None else text.api_sdl

    async def subgraphs(self, asking: Asking) -> list[SubgraphRevision]:
        """Give what it was made of."""
        return await asking.registry.release_revisions(self.id)


class ReportView:
    """``Report``."""

    def __init__(self, report: CheckReport) -> None:
        self.passed = report.passed
        self.findings = report.findings


class ChangedView:
    """``Changed``."""

    def __init__(self, changed: Changed) -> None:
        self.outcome = changed.outcome
        self.release = changed.release
        self.report = changed.report
        self.contracts = changed.contracts


class ContractView:
    """``Contract``."""

    def __init__(self, contract: Contract) -> None:
        self.source = contract.source
        self.include_tags = contract.include_tags
        self.exclude_tags = contract.exclude_tags
        self.hide_unreachable = contract.hides_unreachable


class TokenView:
    """``Token``."""

    def __init__(self, row: TokenRow) -> None:
        self.id = row.id
        self.name = row.name
        self.scopes = [TokenScopeView(graph, Scope(scope)) for graph, scope in sorted(row.scopes.items())]
        self.created_at = row.created_at
        self.created_by = row.created_by
        self.expires_at = row.expires_at
        self.revoked_at = row.revoked_at


@dataclass(frozen=True, slots=True)
class TokenScopeView:
    """``TokenScope``."""

    graph: str
    scope: Scope


class NewTokenView:
    """``NewToken``."""

    def __init__(self, new: NewToken) -> None:
        self.token = TokenView(new.row)
        self.text = new.text


_VIEWS: Final[Mapping[type, Callable[[Any], Any]]] = {
    Release: ReleaseView,
    CheckReport: ReportView,
    Contract: ContractView,
}
"""What the registry gives, and how the API shows it where the two differ."""
