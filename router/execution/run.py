"""Runs a program: every fetch starts as soon as what it depends on is in.

One task per fetch that must run beside others: the task that brings the last missing answer goes on with
the fetch that waited for it.  A fetch that fails leaves an error and holds up nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from router.errors import SubgraphError, SubgraphTimeoutError
from router.execution.answers import keep_entities, read_answer
from router.execution.chunks import fetch_in_chunks
from router.execution.compile import CompiledPlan
from router.execution.context import ExecutionContext, Json, Response
from router.execution.derived import NOT_SHARED
from router.execution.errors import Audience, ExecutionError, Failure, UnplannableOperationError
from router.execution.groups import GroupedFetch
from router.execution.joining import fetch_joined
from router.execution.noting import begin_fetch, end_fetch, note_joined, traced
from router.execution.program import Program, Step
from router.execution.timing import timing_of
from router.execution.uploads import places_by_fetch, with_files
from router.language.operation import OperationKind
from router.planning.plan import FetchNode
from router.transport.base import SubgraphRequest, SubgraphResponse


async def execute(compiled: CompiledPlan, ctx: ExecutionContext) -> Response:
    """Run a compiled plan for one request.

    Invariant: ``ctx`` is new and its variables are coerced (`CompiledPlan.coerce`).
    Raises: nothing but cancellation, which cancels the fetches too; of a request with files also ClientError.
    """
    refused = refusal(compiled)
    if refused is not None:
        return refused
    program = compiled.program(ctx.variables) or await compiled.build(ctx.variables)
    program.prepare(ctx)
    if ctx.files is not None:
        ctx.uploads = places_by_fetch(program, ctx.variables)
    if program.first:
        await Run(program, ctx).fetch_all(program.first)
    return finish(program, ctx)


def refusal(compiled: CompiledPlan) -> Response | None:
    """Give the response of an operation that cannot be planned; None for one that can."""
    if not compiled.plan.unplannable:
        return None
    message = "; ".join(compiled.plan.unplannable)
    code = UnplannableOperationError.code
    return Response(None, (ExecutionError(message, None, code, audience=Audience.CLIENT),))


def finish(program: Program, ctx: ExecutionContext) -> Response:
    """Write the response from the answers that are in."""
    return program.respond(ctx)


class Run:
    """The fetches of one request under way."""

    __slots__ = (
        "_broken",
        "_ctx",
        "_done",
        "_is_over",
        "_left",
        "_owner",
        "_program",
        "_tasks",
        "_waiting",
    )

    def __init__(self, program: Program, ctx: ExecutionContext) -> None:
        self._program = program
        self._ctx = ctx
        self._waiting = {id_: step.waits_for for id_, step in program.steps.items()}
        self._left = 0
        """Chains of fetches still running."""
        self._broken = False
        """Whether a chain ended by a bug or from outside: it will never count itself out."""
        self._is_over = False
        """Whether a mutation's data is null already: no later root field may run."""
        self._tasks: list[asyncio.Task[None]] = []
        self._owner: asyncio.Task[None] | None = None
        """The request's own task, while it runs a chain itself."""
        self._done: asyncio.Future[None] | None = None

    async def fetch_after(self, id_: int) -> None:
        """Run everything that follows from a fetch whose answer is in."""
        first = self._ready(id_)
        if first:
            await self.fetch_all(first)

    async def fetch_all(self, first: Sequence[int]) -> None:
        """Run these fetches and everything that follows from them."""
        try:
            for id_ in first[1:]:
                self._start(id_)
            self._left += 1
            await self._own_chain(first[0])
            if self._left and not self._broken:
                self._done = asyncio.get_running_loop().create_future()
                await self._done
            for task in self._tasks:
                if task.done():
                    task.result()  # a bug in the router is no error of the subgraph: let it be seen
        finally:
            for task in self._tasks:
                if not task.done():
                    task.cancel()

    async def _own_chain(self, id_: int) -> None:
        """Run a chain in the request's own task; one that breaks beside it stops it."""
        self._owner = owner = asyncio.current_task()
        try:
            await self._chain(id_)
        except asyncio.CancelledError:
            if not self._broken or owner is None or owner.uncancel():
                raise
        finally:
            self._owner = None

    def _start(self, id_: int) -> None:
        self._left += 1
        task = asyncio.get_running_loop().create_task(self._chain(id_))
        task.add_done_callback(self._end)
        self._tasks.append(task)

    def _end(self, task: asyncio.Task[None]) -> None:
        if not self._broken and (task.cancelled() or task.exception() is not None):
            self._broken = True
            if self._owner is not None:
                self._owner.cancel()
        if self._done is not None and not self._done.done() and (self._broken or not self._left):
            self._done.set_result(None)

    async def _chain(self, id_: int) -> None:
        """Run a fetch, then those it was the last to be waited for: one here, others in their own tasks."""
        following: int | None = id_
        while following is not None:
            await self._fetch(self._program.steps[following])
            ready = self._ready(following)
            for other in ready[1:]:
                self._start(other)
            following = ready[0] if ready else None
        self._left -= 1

    def _ready(self, id_: int) -> list[int]:
        """Give the fetches that waited for this one last."""
        ready: list[int] = []
        for next_id in self._program.steps[id_].leads_to:
            self._waiting[next_id] -= 1
            if self._waiting[next_id] == 0:
                ready.append(next_id)
        return ready

    async def _fetch(self, step: Step) -> None:
        """Send one fetch and keep its answer; an entity fetch only when there is something to ask."""
        ctx, fetch = self._ctx, step.fetch
        if fetch.entities:
            await self._fetch_entities(step)
            return
        if self._is_over and fetch.kind is OperationKind.MUTATION:
            return
        data: Json | None = None
        answered = await self._send(ctx, step, step.body.fill(ctx))
        if answered is not None:
            ctx.responses[fetch.id] = answered
            data = ctx.answers[fetch.id] = read_answer(ctx, fetch, answered)
        if step.vital and (data is None or any(data.get(key) is None for key in step.vital)):
            self._is_over = True

    async def _fetch_entities(self, step: Step) -> None:
        ctx, fetch = self._ctx, step.fetch
        gathered = self._program.gather(step, ctx)
        if not any(gathered):
            return
        if ctx.observed is not None:
            ctx.observed.note_entities(fetch.subgraph, sum(map(len, gathered)))
        if step.grouped is not None:
            await self._fetch_grouped(step, step.grouped, gathered)
            return
        endpoint = ctx.endpoints[fetch.subgraph]
        most = endpoint.max_representations
        if most is not None and max(map(len, gathered)) > most and fetch.id not in ctx.uploads:
            lists = await fetch_in_chunks(self._send, ctx, step, gathered, most)
            ctx.responses[fetch.id] = NOT_SHARED
            _keep_answer(ctx, fetch, lists)
            keep_entities(ctx, lists, step.slots, step.positional)
            return
        is_joined = (
            endpoint.joins_entities
            and endpoint.audience is not None
            and not fetch.entities[0].is_root
            and ctx.timings is None  # a request that is timed sends its own, or its times were others'
        )
        if is_joined and fetch.id not in ctx.uploads:
            answered = await note_joined(ctx, fetch, fetch_joined(self._send, ctx, step, gathered))
            _note(ctx, fetch, answered)
        else:
            answered = await self._send(ctx, step, step.body.fill(ctx, gathered))
        if answered is not None:
            ctx.responses[fetch.id] = answered
            ctx.answers[fetch.id] = read_answer(ctx, fetch, answered)
            self._program.keep(step, ctx, [len(seen) for seen in gathered])

    async def _fetch_grouped(
        self, step: Step, grouped: GroupedFetch, gathered: list[dict[bytes, int]]
    ) -> None:
        """Send a fetch whose entities come with values from contexts."""
        ctx = self._ctx

        def send(own: ExecutionContext, body: bytes) -> Awaitable[SubgraphResponse | None]:
            return self._send(own, step, body)

        most = ctx.endpoints[step.fetch.subgraph].max_representations
        lists = await grouped.entities(send, ctx, gathered, most)
        ctx.responses[step.fetch.id] = NOT_SHARED
        _keep_answer(ctx, step.fetch, lists)
        keep_entities(ctx, lists, step.slots, step.positional)

    async def _send(self, ctx: ExecutionContext, step: Step, body: bytes) -> SubgraphResponse | None:
        fetch = step.fetch
        endpoint = ctx.endpoints[fetch.subgraph]
        timeout_s = endpoint.timeout_s
        if ctx.deadline_s is not None:
            timeout_s = min(timeout_s, ctx.deadline_s - asyncio.get_running_loop().time())
            if timeout_s <= 0:
                message = f"The request's time was up before the subgraph {fetch.subgraph} was asked"
                ctx.failures.append(Failure(fetch.id, SubgraphTimeoutError(fetch.subgraph, message)))
                return None  # the response's errors tell of it, so nothing need be noted here
        request = SubgraphRequest(
            fetch.subgraph,
            endpoint.url,
            body,
            endpoint.headers,
            step.is_query,
            timeout_s,
            endpoint.audience,
        )
        if ctx.uploads:
            request = with_files(ctx, request, fetch.id)
        noted = None if ctx.observed is None else begin_fetch(ctx.observed, fetch, body)
        if noted is not None and noted.trace_headers:
            request = traced(request, noted.trace_headers)
        started_s = 0.0 if ctx.timings is None else asyncio.get_running_loop().time()
        answered: SubgraphResponse | None = None
        failure: SubgraphError | None = None
        try:
            answered = await ctx.client.send(request)
        except SubgraphError as error:
            failure = error
            ctx.failures.append(Failure(fetch.id, error))
        _note(ctx, fetch, answered)
        if noted is not None:
            end_fetch(noted, answered, failure)
        if ctx.timings is not None:
            ctx.timings.append(timing_of(fetch, started_s, body, answered, failure))
        return answered


def _keep_answer(ctx: ExecutionContext, fetch: FetchNode, lists: Sequence[Sequence[Any]]) -> None:
    """Keep what came in several answers as if it had come in one."""
    ctx.answers[fetch.id] = {one.alias: items for one, items in zip(fetch.entities, lists, strict=True)}


def _note(ctx: ExecutionContext, fetch: FetchNode, answered: SubgraphResponse | None) -> None:
    """Note the headers of an answer, where somebody wants them."""
    if ctx.answered is not None:
        ctx.answered.append((fetch.id, fetch.subgraph, None if answered is None else answered.headers))
