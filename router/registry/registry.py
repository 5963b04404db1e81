"""The registry: publish, check, release, roll back.

    read the variant → edit its subgraphs → compose, derive contracts, check → write, if it is still what was read

The last step is one transaction that begins with compare-and-set on the variant's version; who loses begins anew
with what the winner left, so two owners who publish at once both end in a supergraph that has both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias
from weakref import WeakValueDictionary

from router.registry.checking.policy import MAX_DAYS
from router.registry.checks import CheckReport, Finding
from router.registry.database.connect import AlreadyThereError, Database
from router.registry.database.reads import (
    State,
    read_audit,
    read_graphs,
    read_live_id,
    read_release,
    read_release_revisions,
    read_release_text,
    read_releases,
    read_state,
    read_variants,
)
from router.registry.database.writes import Signed
from router.registry.draft import Draft, Drafting, changed_names
from router.registry.errors import RegistryConflictError, RegistryInvalidError, RegistryNotFoundError
from router.registry.insight import Insight
from router.registry.model import (
    AuditEntry,
    Contract,
    Outcome,
    Publication,
    Release,
    ReleaseKind,
    ReleaseText,
    SubgraphRevision,
    Variant,
    VariantRef,
    check_name,
    check_url,
    revision_sha256,
)
from router.registry.outcome import Changed
from router.registry.write import Reason, tell_of_rejection, write_contract, write_release

MAX_TRIES: Final = 20
"""Of one change, against others in other processes; those of this process wait for their turn."""

Heads: TypeAlias = Mapping[str, SubgraphRevision]
OnRelease: TypeAlias = Callable[[VariantRef, int], None]
Attempt: TypeAlias = Callable[[], Awaitable[Changed | None]]
"""None: somebody else was faster, and what was read no longer counts."""


class Registry:
    """One registry over one database; several processes may share it.  Every name in it was checked."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        usage_days: int = MAX_DAYS,
    ) -> None:
        self.database = database
        self.insight = Insight(database, usage_days)
        self._now = now
        self._drafting = Drafting(database)
        self._turns: WeakValueDictionary[VariantRef, asyncio.Lock] = WeakValueDictionary()
        self.on_release: list[OnRelease] = []
        """Told of every release that this process makes, once it is live."""

    async def close(self) -> None:
        """Close the database."""
        self._drafting.close()
        await self.database.close()

    # --- what is there

    async def graphs(self) -> list[str]:
        """Give the names of all graphs, sorted."""
        async with self.database.reading() as connection:
            return await read_graphs(connection)

    async def variants(self, graph: str) -> list[Variant]:
        """Give a graph's variants, sorted; none for a graph that is not there."""
        async with self.database.reading() as connection:
            return await read_variants(connection, graph)

    async def variant(self, ref: VariantRef) -> Variant:
        """Raises: RegistryNotFoundError."""
        return (await self._state(ref)).variant

    async def subgraphs(self, ref: VariantRef) -> list[SubgraphRevision]:
        """Give what the variant is made of now, sorted by name.  Raises: RegistryNotFoundError."""
        return list((await self._state(ref)).heads.values())

    async def releases(self, ref: VariantRef, limit: int = 20, before: int | None = None) -> list[Release]:
        """Give releases, the newest first."""
        async with self.database.reading() as connection:
            return await read_releases(connection, ref, limit, before)

    async def release(self, id_: int) -> Release | None:
        """Give a release of any variant."""
        async with self.database.reading() as connection:
            return await read_release(connection, id_)

    async def live_id(self, ref: VariantRef) -> int | None:
        """Give the id of what is live.  Cost: one look at two indexes."""
        async with self.database.reading() as connection:
            return await read_live_id(connection, ref)

    async def release_text(self, id_: int) -> ReleaseText | None:
        """Give a release's supergraph."""
        async with self.database.reading() as connection:
            return await read_release_text(connection, id_)

    async def release_revisions(self, id_: int) -> list[SubgraphRevision]:
        """Give what a release was made of, sorted by name."""
        async with self.database.reading() as connection:
            return await read_release_revisions(connection, id_)

    async def audit(
        self, graph: str | None = None, variant: str | None = None, limit: int = 50, before: int | None = None
    ) -> list[AuditEntry]:
        """Give who did what, the newest first."""
        async with self.database.reading() as connection:
            return await read_audit(connection, graph, variant, limit, before)

    # --- changes

    async def check(
        self, ref: VariantRef, publications: Sequence[Publication], actor: str = ""
    ) -> CheckReport:
        """Tell what publishing would find; only that is kept.  Raises: RegistryInvalidError."""
        signed = Signed(actor, self._now())
        state = await self._read(ref)
        heads = _published(state, publications, signed)
        report = CheckReport((await self._drafting.draft(ref, state, heads)).findings)
        names = [publication.subgraph for publication in publications]
        await self.insight.keep_run(ref, "check", names, report, signed)
        return report

    async def publish(
        self, ref: VariantRef, publications: Sequence[Publication], actor: str, *, is_forced: bool = False
    ) -> Changed:
        """Publish subgraphs, all of them or none.

        ``is_forced`` lets checks fail; what does not compose is never released.
        Raises: RegistryInvalidError, RegistryConflictError, RegistryUnavailableError.
        """
        signed = Signed(actor, self._now())
        return await self._change(
            ref, ReleaseKind.PUBLISH, lambda state: _published(state, publications, signed), signed, is_forced
        )

    async def delete(self, ref: VariantRef, subgraph: str, actor: str, *, is_forced: bool = False) -> Changed:
        """Take a subgraph away.  Raises: as `publish`, and RegistryNotFoundError."""

        def edit(state: State | None) -> Heads:
            if state is None or subgraph not in state.heads:
                raise RegistryNotFoundError(f"{ref} has no subgraph {subgraph}")
            if len(state.heads) == 1 and state.variant.live_release_id is not None:
                raise RegistryInvalidError(
                    f"{subgraph} is the last subgraph of {ref}, which would have no supergraph"
                )
            return {name: head for name, head in state.heads.items() if name != subgraph}

        return await self._change(ref, ReleaseKind.DELETE, edit, Signed(actor, self._now()), is_forced)

    async def rollback(self, ref: VariantRef, release_id: int, actor: str) -> Changed:
        """Make a new release with an old one's content.

        Raises: RegistryNotFoundError for a release that is not this variant's; as `publish` otherwise.
        """
        old = await self.release(release_id)
        text = await self.release_text(release_id)
        if old is None or text is None or old.ref != ref:
            raise RegistryNotFoundError(f"{ref} has no release {release_id}")
        revisions = {revision.subgraph: revision for revision in await self.release_revisions(release_id)}
        signed = Signed(actor, self._now())

        async def attempt() -> Changed | None:
            state = _refuse_contract(await self._state(ref))
            if state.variant.live_release_id == release_id:
                return Changed(Outcome.UNCHANGED, old, CheckReport())
            contracts, _ = await self._drafting.contracts(state, text)
            draft = Draft(text, (), contracts)
            return await self._write(ref, state, revisions, draft, (ReleaseKind.ROLLBACK, release_id), signed)

        return await self._in_turn(ref, attempt)

    async def derive(
        self, ref: VariantRef, contract: Contract, actor: str, *, is_forced: bool = False
    ) -> Changed:
        """Make a variant a contract of another, or change what it shows; it follows its source from now on.

        Raises: RegistryInvalidError, RegistryNotFoundError for the source; as `publish` otherwise.
        """
        source = VariantRef(ref.graph, contract.source)
        signed = Signed(actor, self._now())

        async def attempt() -> Changed | None:
            state, there = await self._state(source), await self._read(ref)
            _check_contract(ref, there, state)
            live_id = state.variant.live_release_id
            text = None if live_id is None else await self.release_text(live_id)
            live = await self._live(there)
            drafted: ReleaseText | None = None
            found: Sequence[Finding] = ()
            if text is not None:
                shown = None if live is None else await self.release_text(live.id)
                drafted, found = await self._drafting.contract(ref, contract, text, shown)
            report = CheckReport(tuple(found))
            if not report.passed and not is_forced:
                return Changed(Outcome.REJECTED, live, report)
            written = await write_contract(self.database, (ref, there, state), contract, drafted, signed)
            return None if written is None else await self._changed(ref, report, written)

        return await self._in_turn(source, attempt)

    async def _change(
        self,
        ref: VariantRef,
        kind: ReleaseKind,
        edit: Callable[[State | None], Heads],
        signed: Signed,
        is_forced: bool,
    ) -> Changed:
        async def attempt() -> Changed | None:
            state = await self._read(ref)
            heads = edit(None if state is None else _refuse_contract(state))
            before: Heads = {} if state is None else state.heads
            changed = changed_names(before, heads)
            live = await self._live(state)
            if not changed and live is not None:
                return Changed(Outcome.UNCHANGED, live, CheckReport())
            draft = await self._drafting.draft(ref, state, heads)
            report = CheckReport(draft.findings)
            await self.insight.keep_run(ref, kind.value, changed, report, signed)
            if not changed:
                return Changed(Outcome.PENDING, None, report)
            if _is_refused(draft, report, is_forced=is_forced, is_live=live is not None):
                await tell_of_rejection(self.database, ref, (kind, changed), report, signed)
                return Changed(Outcome.REJECTED, live, report)
            return await self._write(ref, state, heads, draft, (kind, None), signed)

        return await self._in_turn(ref, attempt)

    # --- in turn

    async def _in_turn(self, ref: VariantRef, attempt: Attempt) -> Changed:
        """Try until nobody else was faster; changes of this process wait for each other."""
        turn = self._turns.setdefault(ref, asyncio.Lock())
        async with turn:
            for _ in range(MAX_TRIES):
                try:
                    changed = await attempt()
                except AlreadyThereError:
                    continue
                if changed is not None:
                    self._tell(changed)
                    return changed
        raise RegistryConflictError(f"Others changed {ref} {MAX_TRIES} times meanwhile; try again.")

    async def _write(
        self,
        ref: VariantRef,
        state: State | None,
        heads: Heads,
        draft: Draft,
        reason: Reason,
        signed: Signed,
    ) -> Changed | None:
        written = await write_release(self.database, (ref, state), heads, draft, reason, signed)
        return None if written is None else await self._changed(ref, CheckReport(draft.findings), written)

    async def _changed(self, ref: VariantRef, report: CheckReport, written: Sequence[int]) -> Changed:
        """Give the outcome of what was written: releases, the variant's own first."""
        releases = [release for id_ in written if (release := await self.release(id_)) is not None]
        own = next((release for release in releases if release.ref == ref), None)
        outcome = Outcome.PENDING if own is None else Outcome.RELEASED
        return Changed(outcome, own, report, tuple(release for release in releases if release is not own))

    def _tell(self, changed: Changed) -> None:
        if changed.outcome is not Outcome.RELEASED:
            return
        for release in (changed.release, *changed.contracts):
            if release is not None:
                for hear in self.on_release:
                    hear(release.ref, release.id)

    async def _read(self, ref: VariantRef) -> State | None:
        async with self.database.reading() as connection:
            return await read_state(connection, ref)

    async def _state(self, ref: VariantRef) -> State:
        state = await self._read(ref)
        if state is None:
            raise RegistryNotFoundError(f"there is no variant {ref}")
        return state

    async def _live(self, state: State | None) -> Release | None:
        live_id = None if state is None else state.variant.live_release_id
        return None if live_id is None else await self.release(live_id)


def _published(state: State | None, publications: Sequence[Publication], signed: Signed) -> Heads:
    """Give the variant's subgraphs with these in their places, sorted by name."""
    heads = {} if state is None else dict(state.heads)
    if not publications:
        raise RegistryInvalidError("nothing is to be published")
    for given in publications:
        check_name("subgraph", given.subgraph)
        old = heads.get(given.subgraph)
        url = given.url or (None if old is None else old.url)
        if url is None:
            raise RegistryInvalidError(f"{given.subgraph} is new here: give its URL")
        check_url(url)
        if "\x00" in given.sdl:
            raise RegistryInvalidError(f"the SDL of {given.subgraph} has a null character")
        sha256 = revision_sha256(url, given.sdl)
        if old is None or old.sha256 != sha256:
            heads[given.subgraph] = SubgraphRevision(
                0, given.subgraph, url, given.sdl, sha256, signed.at, signed.actor
            )
    return dict(sorted(heads.items()))


def _is_refused(draft: Draft, report: CheckReport, *, is_forced: bool, is_live: bool) -> bool:
    """Tell whether nothing of a change may be stored."""
    if draft.text is not None:
        return not (report.passed or is_forced)
    return is_live or draft.is_unreadable


def _refuse_contract(state: State) -> State:
    """Give the state of a variant that is made of subgraphs.  Raises: RegistryInvalidError for a contract."""
    contract = state.variant.contract
    if contract is not None:
        raise RegistryInvalidError(
            f"{state.variant.ref} is a contract: it follows {contract.source}; change that one instead"
        )
    return state


def _check_contract(ref: VariantRef, there: State | None, source: State) -> None:
    if source.variant.contract is not None:
        raise RegistryInvalidError(f"{source.variant.ref} is a contract itself; derive {ref} from its source")
    if there is not None and there.heads:
        raise RegistryInvalidError(f"{ref} has subgraphs of its own; a contract needs a name of its own")
    if source.variant.ref == ref:
        raise RegistryInvalidError("a contract is another variant than its source")
