"""Fuzzing a real router: schemathesis, and raw sockets.

    python -m tests.fuzz [--seconds 600] [--seed N] [--raw-only]

Ends with status 1 when the router answers with a 5xx of its own, logs a traceback or an internal fault, keeps somebody
waiting, grows, or is gone.  The seed of each raw attack is printed with what it found:
``python -m tests.fuzz --attack SEED`` sends it again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.raw import attack
from tests.serve_process import AnyAnswer, Served, served, supergraph

READ_TIMEOUT_S = 3.0
PATIENCE_S = 20.0
"""From the last byte sent to an answer or the end."""
TOGETHER = 12
GROWTH_MB = 12.0

CONFIG = {
    "supergraph": {"listen": "127.0.0.1:0", "query_planning": {"cache": {"in_memory": {"limit": 20}}}},
    "server": {"http": {"read_timeout": f"{READ_TIMEOUT_S}s", "write_timeout": "5s"}},
    "batching": {"enabled": True},
    "file_uploads": {"enabled": True},
    "apq": {"capacity": 16},
    "health_check": {"reasons": True},
}
SERVER_FAULT = re.compile(rb"HTTP/1\.1 (5\d\d)[^\r]*")


class Fuzzing:
    """One run, and what it found."""

    def __init__(self, router: Served, seed: int) -> None:
        self.router = router
        self.seed = seed
        self.sent: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.faults: list[str] = []

    async def raw(self, seconds: float) -> None:
        """Attack from several connections at a time."""
        seeds = iter(range(self.seed, sys.maxsize))
        end_s = time.monotonic() + seconds

        async def attacker() -> None:
            while time.monotonic() < end_s and len(self.faults) < 20:
                await self.one(next(seeds))

        async with asyncio.TaskGroup() as group:
            for _ in range(TOGETHER):
                group.create_task(attacker())

    async def one(self, seed: int) -> bytes:
        """Send one attack; gives what came back."""
        chosen = attack(seed)
        self.sent[chosen.name] += 1
        came = bytearray()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.router.port)
        except OSError as error:
            self.faults.append(f"attack {seed} ({chosen.name}): no connection: {error}")
            await asyncio.sleep(1)
            return b""
        try:
            for piece in chosen.pieces:
                if isinstance(piece, float):
                    await asyncio.sleep(piece)
                else:
                    writer.write(piece)
                    await asyncio.wait_for(writer.drain(), PATIENCE_S)
            if chosen.ends:
                writer.write_eof()
            # An answer, or the end; what follows on the same connection in a moment is read, too.
            came += await asyncio.wait_for(reader.read(65_536), PATIENCE_S)
            with contextlib.suppress(TimeoutError):
                while more := await asyncio.wait_for(reader.read(65_536), 0.02):
                    came += more
        except TimeoutError:
            self.faults.append(
                f"attack {seed} ({chosen.name}): neither answered nor closed in {PATIENCE_S} s"
            )
        except OSError:
            pass  # cut by the router: an end as well
        finally:
            writer.transport.abort()
        first = bytes(came).split(b"\r\n", 1)[0][:40].decode("latin-1") or "closed"
        self.answers[first] += 1
        fault = SERVER_FAULT.search(came)
        if fault:
            self.faults.append(f"attack {seed} ({chosen.name}): {fault[0].decode('latin-1')}")
        return bytes(came)

    def schemathesis(self, seconds: float, folder: Path) -> None:
        """Let schemathesis make operations and requests from the schema."""
        command = [
            "schemathesis",
            "run",
            self.router.url,
            "--phases",
            "fuzzing",
            "--max-time",
            str(max(1, int(seconds))),
        ]
        command += ["--checks", "not_a_server_error", "--request-timeout", "20", "--seed", str(self.seed)]
        command += ["--no-color", "--continue-on-failure", "--workers", "1"]
        executable = Path(sys.executable).with_name("schemathesis")
        done = subprocess.run(
            [str(executable), *command[1:]],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=seconds + 120,
            check=False,
        )
        if done.returncode:
            self.faults.append(f"schemathesis:\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")

    def check_log(self) -> None:
        """Find tracebacks and internal faults."""
        for line in self.router.logged().splitlines():
            if "Traceback" in line or '"at":' in line or "INTERNAL" in line or "Exception in ASGI" in line:
                self.faults.append(f"log: {line[-1500:]}")
                return

    def check_alive(self) -> None:
        """See that it still answers."""
        if self.router.process.poll() is not None:
            self.faults.append(f"the router ended with {self.router.process.returncode}")
            return
        answer = self.router.ask()
        if answer.get("data") != {"now": "Some_String"}:
            self.faults.append(f"afterwards it answers {json.dumps(answer)[:300]}")


def run(seconds: float, seed: int, *, is_raw_only: bool) -> int:
    """Fuzz for so long.  Gives the exit status."""
    with tempfile.TemporaryDirectory() as name, AnyAnswer() as subgraph:
        folder = Path(name)
        (folder / "supergraph.graphql").write_text(supergraph(subgraph.url))
        (folder / "olympus.yaml").write_text(json.dumps(CONFIG))
        arguments = ("--supergraph", folder / "supergraph.graphql", "--config", folder / "olympus.yaml")
        with served(folder, *arguments) as router:
            fuzzing = Fuzzing(router, seed)
            share = 0.0 if is_raw_only else 0.3
            # Every kind of attack has been seen, and memory is as large as it needs to be.
            asyncio.run(fuzzing.raw(seconds * (0.35 - share / 2)))
            if share:
                fuzzing.schemathesis(seconds * share, folder)
            before_mb = router.resident_mb()
            asyncio.run(fuzzing.raw(seconds * (0.65 - share / 2)))
            after_mb = router.resident_mb()
            if after_mb > before_mb * 1.1 + GROWTH_MB:
                fuzzing.faults.append(f"memory grew from {before_mb:.0f} to {after_mb:.0f} MB")
            fuzzing.check_alive()
            fuzzing.check_log()
    _report(fuzzing, before_mb, after_mb)
    return 1 if fuzzing.faults else 0


def _report(fuzzing: Fuzzing, before_mb: float, after_mb: float) -> None:
    print(f"{fuzzing.sent.total()} raw attacks: {dict(sorted(fuzzing.sent.items()))}")
    print(f"answered: {dict(fuzzing.answers.most_common(12))}")
    print(f"memory: {before_mb:.0f} MB, then {after_mb:.0f} MB")
    for fault in fuzzing.faults:
        print(f"FAULT {fault}")
    print(f"fuzz: {'ok' if not fuzzing.faults else f'{len(fuzzing.faults)} faults'} (seed {fuzzing.seed})")


def again(seed: int) -> int:
    """Send one attack again and show what comes back."""
    with tempfile.TemporaryDirectory() as name, AnyAnswer() as subgraph:
        folder = Path(name)
        (folder / "supergraph.graphql").write_text(supergraph(subgraph.url))
        (folder / "olympus.yaml").write_text(json.dumps(CONFIG))
        arguments = ("--supergraph", folder / "supergraph.graphql", "--config", folder / "olympus.yaml")
        with served(folder, *arguments) as router:
            fuzzing = Fuzzing(router, seed)
            print(attack(seed))
            print(asyncio.run(fuzzing.one(seed)))
            print(router.logged())
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--raw-only", action="store_true", help="without schemathesis")
    parser.add_argument("--attack", type=int, default=None, help="send one attack again")
    given = parser.parse_args()
    if given.attack is not None:
        return again(given.attack)
    seed = random.SystemRandom().randrange(10**9) * 10**6 if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    return run(given.seconds, seed, is_raw_only=given.raw_only)


if __name__ == "__main__":
    sys.exit(main())
