"""What would become live: subgraphs composed, contracts derived, everything checked; nothing is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from router.composition.compose import compose
from router.composition.contract.contract import contract
from router.composition.result import Rejected
from router.federation.read import read_subgraph
from router.registry.checking.all_checks import CHECKS
from router.registry.checks import (
    Change,
    CheckContext,
    Finding,
    composition_findings,
    run_checks,
)
from router.registry.database.connect import Database
from router.registry.database.reads import State, read_contracts, read_release_text
from router.registry.model import Contract, ReleaseText, SubgraphRevision, Variant, VariantRef

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ContractDraft:
    """What a contract variant would show."""

    variant_id: int
    variant: Variant
    text: ReleaseText | None
    """None where what it would show is no schema: it keeps what it has."""
    is_new: bool
    """Whether it is something else than what is live."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A supergraph that is not live."""

    text: ReleaseText | None
    """None where the subgraphs do not compose."""
    findings: tuple[Finding, ...]
    contracts: tuple[ContractDraft, ...] = ()
    is_unreadable: bool = False
    """Whether a changed subgraph is at fault by itself, whatever the others are."""


class Drafting:
    """Makes drafts; one composition at a time, off the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._context = CheckContext(database)
        self._composer = ThreadPoolExecutor(1, thread_name_prefix="composing")

    async def draft(
        self, ref: VariantRef, state: State | None, heads: Mapping[str, SubgraphRevision]
    ) -> Draft:
        """Give what the variant would be if it were made of ``heads``, with everything found about that."""
        inputs = [revision.as_input() for revision in heads.values()]
        result = await self._off_loop(lambda: compose(inputs))
        changed = changed_names({} if state is None else state.heads, heads)
        if isinstance(result, Rejected):
            is_unreadable = any(
                read_subgraph(name, heads[name].url, heads[name].sdl)[1] for name in changed if name in heads
            )
            findings = composition_findings(result.errors, result.hints)
            return Draft(None, tuple(findings), is_unreadable=is_unreadable)
        text = ReleaseText(result.supergraph_sdl, result.api_sdl)
        live_id = None if state is None else state.variant.live_release_id
        before = None if live_id is None else await self._text(live_id)
        change = Change(ref, before, text, changed, heads)
        findings = composition_findings((), result.hints) + await run_checks(change, self._context, CHECKS)
        contracts, found = ((), []) if state is None else await self.contracts(state, text)
        return Draft(text, (*findings, *found), contracts)

    async def contracts(
        self, state: State, text: ReleaseText
    ) -> tuple[tuple[ContractDraft, ...], list[Finding]]:
        """Give what a variant's contracts would show of its new supergraph, and everything found about that."""
        async with self._database.reading() as connection:
            derived = await read_contracts(connection, state.variant_id)
        drafts: list[ContractDraft] = []
        findings: list[Finding] = []
        for variant_id, variant, live in derived:
            if variant.contract is None:
                raise AssertionError("only contracts have a source")
            shown, found = await self.contract(variant.ref, variant.contract, text, live)
            drafts.append(ContractDraft(variant_id, variant, shown, shown is not None and shown != live))
            findings += found
        return tuple(drafts), findings

    async def contract(
        self, ref: VariantRef, settings: Contract, source: ReleaseText, live: ReleaseText | None
    ) -> tuple[ReleaseText | None, list[Finding]]:
        """Give what a contract shows of a supergraph, None where that is no schema, and everything found."""
        result = await self._off_loop(
            lambda: contract(
                source.supergraph_sdl,
                settings.include_tags,
                settings.exclude_tags,
                settings.hides_unreachable,
            )
        )
        if isinstance(result, Rejected):
            text, found = None, composition_findings(result.errors, check="contract")
        else:
            text = ReleaseText(result.supergraph_sdl, result.api_sdl)
            found = await run_checks(Change(ref, live, text, (), {}), self._context, CHECKS)
        return text, [replace(finding, variant=ref.variant) for finding in found]

    def close(self) -> None:
        """Compose nothing more."""
        self._composer.shutdown(wait=False, cancel_futures=True)

    async def _text(self, release_id: int) -> ReleaseText | None:
        async with self._database.reading() as connection:
            return await read_release_text(connection, release_id)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._composer, work)


def changed_names(
    old: Mapping[str, SubgraphRevision], new: Mapping[str, SubgraphRevision]
) -> tuple[str, ...]:
    """Give the subgraphs that are new, other or gone, sorted."""
    names = sorted({*old, *new})
    return tuple(n for n in names if n not in old or n not in new or old[n].sha256 != new[n].sha256)
