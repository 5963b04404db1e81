"""The router benchmark: gateways started together, measured in turn, their answers checked.

Method.  The gateway has cores of its own; wrk and the subgraphs have others.  Gateways are measured in turn
(A B A B ...), so that what else the machine does falls on all of them alike.  Before and after the load one answer
is compared with ``/monolith``: the same data as one schema, executed by graphql-js.  A wrong answer, a status that is
no success, a socket error, answers of another length, or a representation without its @requires fields (the
public benchmark's subgraph would not notice) fail the run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.contenders import Gateway
from tests.benchmarks.load import PLACEHOLDER, WORKLOADS_FOLDER, Load, LoadResult, post, request_body, wrk
from tests.benchmarks.processes import ProcessTree, busy_s, free_port

SUBGRAPHS_URL = "http://127.0.0.1:4300"
"""What the supergraph file says; replaced by where the subgraphs really are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is done."""

    peers: Path
    folder: Path
    gateway_cpus: Sequence[int]
    load: Load
    rounds: int = 5
    seconds: float = 8.0
    warmup_s: float = 5.0
    workers: int = 1
    delay_ms: int = 0
    """Latency of every subgraph."""
    has_real_shipping: bool = False
    """Whether shippingEstimate follows from the representation; the public benchmark's is always null."""
    is_verbose: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """One gateway under one workload, once."""

    gateway: str
    workload: str
    wrk: LoadResult
    rps: float
    cpu_ms: float
    """Of the gateway's whole process tree, per request."""
    cpu_util: float
    others_util: float
    """What anything else took of the gateway's cores."""
    subgraph_util: float
    fetches: float
    """Subgraph requests per request; those under way when wrk stops count too."""
    peak_mb: float
    processes_s: tuple[float, ...] = ()
    """CPU seconds of each process of the gateway, the busiest first."""

    def balance(self, workers: int) -> float:
        """Give the mean worker's share of the busiest one's work: 1 where all work alike."""
        busy = self.processes_s[:workers]
        return sum(busy) / (workers * busy[0]) if busy and busy[0] else 1.0


@dataclass(slots=True)
class Benchmark:
    """One run.  Use `measure`; it stops everything it started."""

    settings: Settings
    failures: list[str] = field(default_factory=list)
    _subgraphs: ProcessTree = field(init=False)
    _base: str = field(init=False)

    def measure(self, gateways: Sequence[Gateway], workload: str) -> list[Round]:
        """Measures these gateways on one workload, interleaved; those with wrong answers are left out."""
        with ExitStack() as stack:
            stack.enter_context(self._running_subgraphs(workload))
            running = [(one, *stack.enter_context(self._running(one, workload))) for one in gateways]
            body = self.settings.folder / f"{workload}.json"
            body.write_bytes(request_body(workload))
            lengths = {one.name: self._check(one, url, workload) for one, _, url in running}
            right = [(one, process, url) for one, process, url in running if lengths[one.name]]
            for _, _, url in right:
                wrk(url, body, self.settings.warmup_s, self.settings.load)
            rounds: list[Round] = []
            for number in range(self.settings.rounds):
                for one, process, url in right:
                    rounds.append(self._round(one, process, url, workload))
                    self._check_load(rounds[-1], lengths[one.name], number + 1)
            for one, _, url in right:
                self._check(one, url, workload, " after the load")
            return rounds

    def ceiling(self) -> Iterator[tuple[str, LoadResult, float]]:
        """Loads the subgraph server alone: label, wrk's result, CPU microseconds a request."""
        fetch = {
            "query": "query($r:[_Any!]!,$tag:String){_entities(representations:$r){...on Product{reviews(tag:$tag)"
            "{id body author{id username reviews{id body product{upc}}}}}}}",
            "variables": {"r": [{"__typename": "Product", "upc": str(number)} for number in range(1, 6)]},
        }
        body = self.settings.folder / "fetch.json"
        with self._running_subgraphs("ceiling"):
            for label, tag in (("repeated", "same"), ("unique", "tag-" + PLACEHOLDER)):
                body.write_text(json.dumps({**fetch, "variables": {**fetch["variables"], "tag": tag}}))  # type: ignore[dict-item]  # a dict it is
                before = self._subgraphs.cpu_s()
                result = wrk(self._base + "/reviews", body, self.settings.seconds, self.settings.load)
                yield label, result, 1e6 * (self._subgraphs.cpu_s() - before) / max(1, result.requests)

    @contextmanager
    def _running_subgraphs(self, name: str) -> Iterator[None]:
        settings, port = self.settings, free_port()
        self._base = f"http://127.0.0.1:{port}"
        text = (WORKLOADS_FOLDER / "supergraph.graphql").read_text("utf-8")
        supergraph = settings.folder / f"{name}-supergraph.graphql"
        supergraph.write_text(text.replace(SUBGRAPHS_URL, self._base), "utf-8")
        environment = {
            "PORT": str(port),
            "DELAY_MS": str(settings.delay_ms),
            "SHIPPING": "real" if settings.has_real_shipping else "null",
            "GRAPHQL_FROM": str(settings.peers),
            "NODE_ENV": "production",
        }
        argv = ["node", str(WORKLOADS_FOLDER / "subgraphs.mjs")]
        folder = settings.folder / f"{name}-subgraphs"
        self._subgraphs = ProcessTree(argv, environment, settings.load.cpus, folder)
        try:
            self._subgraphs.wait_until(lambda: post(self._base + "/health")[0] == 200)
            yield
        finally:
            self._subgraphs.stop()

    @contextmanager
    def _running(self, gateway: Gateway, workload: str) -> Iterator[tuple[ProcessTree, str]]:
        settings, port = self.settings, free_port()
        environment = {
            **gateway.environment,
            "PORT": str(port),
            "SUPERGRAPH": str(settings.folder / f"{workload}-supergraph.graphql"),
            "PEERS": str(settings.peers),
            "WORKERS": str(gateway.workers or settings.workers),
            "PYTHON": sys.executable,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "NODE_ENV": "production",
        }
        folder = settings.folder / f"{workload}-{gateway.name}"
        cpus = settings.gateway_cpus
        if (gateway.workers or 1) > 1:
            cpus = sorted(os.sched_getaffinity(0))
        process = ProcessTree([str(gateway.launcher)], environment, cpus, folder)
        url = f"http://127.0.0.1:{port}/graphql"
        try:
            process.wait_until(lambda: post(url, b'{"query":"{__typename}"}')[0] == 200)
            yield process, url
        finally:
            process.stop()

    def _check(self, gateway: Gateway, url: str, workload: str, when: str = "") -> int:
        """Compares one answer with the monolith's; its length, 0 when wrong."""
        body = request_body(workload)
        expected = json.loads(post(self._base + "/monolith", body)[1])
        post(self._base + "/stats?reset")
        try:
            status, answer = post(url, body)
        except OSError as error:
            status, answer = 0, str(error).encode()
        missing = json.loads(post(self._base + "/stats")[1])["requiresMissing"]
        problem = _problem(status, answer, expected, missing)
        if problem:
            self.failures.append(f"{gateway.name}, {workload}{when}: {problem}")
            return 0
        return len(answer)

    def _check_load(self, measured: Round, length: int, number: int) -> None:
        seen = measured.wrk
        each = seen.bytes / max(1, seen.requests)
        if seen.not_ok or seen.socket_errors or abs(each - length) > 0.03 * length + 600:
            self.failures.append(
                f"{measured.gateway}, {measured.workload}, round {number}: {seen.not_ok} not 2xx, "
                f"{seen.socket_errors} socket errors, {each:.0f} bytes each where {length} was right"
            )

    def _round(self, gateway: Gateway, process: ProcessTree, url: str, workload: str) -> Round:
        settings = self.settings
        body = settings.folder / f"{workload}.json"
        post(self._base + "/stats?reset")
        with process.watching_memory():
            before = process.cpu_s(), self._subgraphs.cpu_s(), busy_s(process.cpus)
            each = process.each_cpu_s()
            result = wrk(url, body, settings.seconds, settings.load)
            after = process.cpu_s(), self._subgraphs.cpu_s(), busy_s(process.cpus)
        own, subgraphs, busy = (end - start for start, end in zip(before, after, strict=True))
        fetches = json.loads(post(self._base + "/stats")[1])["total"]
        requests = max(1, result.requests)
        measured = Round(
            gateway.name,
            workload,
            result,
            rps=result.requests / result.seconds,
            cpu_ms=1000 * own / requests,
            cpu_util=own / result.seconds,
            others_util=max(0.0, (busy - own) / result.seconds),
            subgraph_util=subgraphs / result.seconds,
            fetches=fetches / requests,
            peak_mb=process.peak_bytes / 1e6,
            processes_s=tuple(
                sorted((s - each.get(pid, 0.0) for pid, s in process.each_cpu_s().items()), reverse=True)
            ),
        )
        if settings.is_verbose:
            print(
                f"  {workload:7} {gateway.name:20} {measured.rps:9.1f} rps {measured.cpu_ms:8.3f} ms CPU, "
                f"others {measured.others_util:.2f}",
                file=sys.stderr,
                flush=True,
            )
        return measured


def _problem(status: int, answer: bytes, expected: Mapping[str, object], missing: int) -> str | None:
    try:
        body = json.loads(answer)
    except ValueError:
        body = None
    if status != 200 or not isinstance(body, dict) or "errors" in body:
        return f"HTTP status {status}: {answer[:400]!r}"
    if body.get("data") != expected["data"]:
        return f"the data is not the monolith's: {answer[:400]!r}"
    return f"{missing} representations without their @requires fields" if missing else None


def own_cores() -> tuple[list[int], list[int]]:
    """Cores for the gateway and for the load: the last one, and those before it."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[-1:], cores[:-1] or cores
