"""The demo's registry: a process of its own, fresh with every start, with a token that everybody knows.

python -m router.cli.demo_registry PORT FOLDER     ends when its standard input does
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from router.cli.failure import CommandError
from router.cli.registry_client import Target, ask
from router.config.sources import registry_source
from router.config.supergraph import FollowSection
from router.engine.reload import SupergraphSource
from router.registry.options import RegistryOptions

TOKEN_ID: Final = "0123456789ab"  # noqa: S105  # the demo's, on purpose
TOKEN_SECRET: Final = "olympus-demo-token-known-to-everybody-------"[:43]
DEMO_TOKEN: Final = f"olr_{TOKEN_ID}_{TOKEN_SECRET}"
SIGNING_SECRET: Final = "olympus-demo-secret-known-to-everybody"  # noqa: S105
GRAPH: Final = "demo"
START_S: Final = 60.0
STOP_S: Final = 5.0

PUBLISH: Final = """mutation ($graph: String!, $variant: String!, $subgraphs: [SubgraphInput!]!) {
  publish(graph: $graph, variant: $variant, subgraphs: $subgraphs) {
    outcome report { findings { severity code message } }
  }
}"""


class DemoRegistry:
    """The registry's process, as the demo sees it."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self.url = ""

    def publish(self, folder: Path, urls: Mapping[str, str]) -> SupergraphSource:
        """Publish the subgraphs' SDLs, once the registry is ready; gives the source that follows it.

        Raises: CommandError.
        """
        self._wait_until_ready()
        subgraphs = [
            {"name": name, "url": url, "sdl": (folder / f"{name}.graphql").read_text("utf-8")}
            for name, url in urls.items()
        ]
        target = Target(self.url, DEMO_TOKEN, GRAPH, "production")
        told = ask(target, PUBLISH, graph=GRAPH, variant=target.variant, subgraphs=subgraphs)["publish"]
        if told["outcome"] != "RELEASED":
            errors = [f["message"] for f in told["report"]["findings"] if f["severity"] == "ERROR"]
            raise CommandError("\n".join(["The demo's subgraphs do not compose:", *errors]))
        section = {
            "url": self.url,
            "graph": GRAPH,
            "token": DEMO_TOKEN,
            "secret": SIGNING_SECRET,
            "last_good": self._folder / "last-good.json",
        }
        return registry_source(FollowSection.model_validate(section))

    def _wait_until_ready(self) -> None:
        timer = threading.Timer(START_S, self._process.kill)
        timer.daemon = True
        timer.start()
        assert self._process.stdout is not None  # noqa: S101  # asked for below
        line = self._process.stdout.readline()
        timer.cancel()
        if " is ready at " not in line:
            raise CommandError(
                "The registry did not start; the lines above say why. Try another --registry-port."
            )
        self.url = line.split()[-1]


@contextmanager
def demo_registry(port: int) -> Iterator[DemoRegistry]:
    """Start the registry, and stop it at the end; it gets ready meanwhile."""
    with tempfile.TemporaryDirectory(prefix="olympus-demo-registry-") as name:
        command = [sys.executable, "-m", "router.cli.demo_registry", str(port), name]
        with subprocess.Popen(  # noqa: S603  # this interpreter, a number and a folder
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            try:
                yield DemoRegistry(process, Path(name))
            finally:
                process.terminate()
                try:
                    process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()


def main(port: int, folder: Path) -> None:
    """Serve until a signal or the end of standard input."""
    from router.cli.registry_serve import run_registry  # noqa: PLC0415  # the demo itself does not serve it

    options = RegistryOptions(f"sqlite:///{folder / 'registry.db'}", secret=SIGNING_SECRET.encode())
    asyncio.run(_add_token(options))
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    run_registry(options, "127.0.0.1", port, ("warning", "text"))


async def _add_token(options: RegistryOptions) -> None:
    from router.registry.database.connect import open_database  # noqa: PLC0415
    from router.registry.database.token_rows import TokenRow, add_token  # noqa: PLC0415
    from router.registry.tokens import ALL, Scope  # noqa: PLC0415

    database = await open_database(options.database_url)
    sha256 = hashlib.sha256(TOKEN_SECRET.encode()).hexdigest()
    scopes = {ALL: int(Scope.ADMIN)}
    row = TokenRow(TOKEN_ID, "demo", sha256, datetime.now(UTC), "demo", None, None, scopes)
    async with database.writing() as connection:
        await add_token(connection, row)
    await database.close()


def _end_with_stdin() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), Path(sys.argv[2]))
    except CommandError as failure:
        print(f"olympus: {failure}", file=sys.stderr)
        sys.exit(failure.status)
