"""``olympus publish`` and what else changes a variant: check, delete, roll back, contracts."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from router.cli.choices import ReportFormat
from router.cli.failure import CommandError
from router.cli.registry_client import Target, ask
from router.cli.registry_report import FINDINGS, print_json, print_report, progress, summary

_CHANGED: Final = f"""{{
  outcome
  release {{ id graph variant kind of createdAt createdBy }}
  report {{ {FINDINGS} }}
  contracts {{ id graph variant kind of createdAt createdBy }}
}}"""

PUBLISH: Final = f"""mutation ($graph: String!, $variant: String!, $subgraphs: [SubgraphInput!]!, $force: Boolean!) {{
  changed: publish(graph: $graph, variant: $variant, subgraphs: $subgraphs, force: $force) {_CHANGED}
}}"""
CHECK: Final = f"""mutation ($graph: String!, $variant: String!, $subgraphs: [SubgraphInput!]!) {{
  report: check(graph: $graph, variant: $variant, subgraphs: $subgraphs) {{ {FINDINGS} }}
}}"""
DELETE: Final = f"""mutation ($graph: String!, $variant: String!, $name: String!, $force: Boolean!) {{
  changed: deleteSubgraph(graph: $graph, variant: $variant, name: $name, force: $force) {_CHANGED}
}}"""
ROLLBACK: Final = f"""mutation ($graph: String!, $variant: String!, $release: Int!) {{
  changed: rollback(graph: $graph, variant: $variant, release: $release) {_CHANGED}
}}"""
CONTRACT: Final = f"""mutation ($graph: String!, $variant: String!, $contract: ContractInput!, $force: Boolean!) {{
  changed: setContract(graph: $graph, variant: $variant, contract: $contract, force: $force) {_CHANGED}
}}"""


@dataclass(frozen=True, slots=True)
class Schema:
    """Where one subgraph's SDL comes from; a file or a running subgraph."""

    file: Path | None = None
    introspect: str | None = None
    headers: tuple[str, ...] = ()

    def read(self) -> str:
        """Give the SDL.  Raises: CommandError."""
        if (self.file is None) == (self.introspect is None):
            raise CommandError("Give --schema FILE or --introspect URL, one of them.", 2)
        if self.introspect is not None:
            return _introspected(self.introspect, self.headers)
        if str(self.file) == "-":
            return sys.stdin.read()
        try:
            return Path(str(self.file)).read_text("utf-8")
        except OSError as error:
            raise CommandError(f"{self.file}: {error.strerror}", 2) from None
        except UnicodeDecodeError:
            raise CommandError(f"{self.file}: not UTF-8 text", 2) from None

    def files(self, name: str) -> Mapping[str, Path]:
        """Give what to call the subgraph's places."""
        return {} if self.file is None or str(self.file) == "-" else {name: self.file}


def run_publish(  # what a publication is
    target: Target, name: str, schema: Schema, url: str | None, format_: ReportFormat, is_forced: bool
) -> int:
    """Publish one subgraph; gives the exit status.  Raises: CommandError."""
    subgraph = {"name": name, "sdl": schema.read(), "url": url}
    with progress(f"Publishing {name} to {target} …"):
        data = ask(
            target,
            PUBLISH,
            graph=target.graph,
            variant=target.variant,
            subgraphs=[subgraph],
            force=is_forced,
        )
    return _tell(
        data["changed"], f"{name} is published to {target}", name, target, (format_, schema.files(name))
    )


def run_check(target: Target, name: str, schema: Schema, url: str | None, format_: ReportFormat) -> int:
    """Check one subgraph; gives the exit status.  Raises: CommandError."""
    subgraph = {"name": name, "sdl": schema.read(), "url": url}
    with progress(f"Checking {name} against {target} …"):
        data = ask(target, CHECK, graph=target.graph, variant=target.variant, subgraphs=[subgraph])
    report = data["report"]
    if format_ is ReportFormat.JSON:
        print_json(report)
    else:
        print_report(report, format_, schema.files(name))
        verdict = "passes" if report["passed"] else "does not pass"
        print(f"{name} {verdict} against {target}: {summary(report)}.")
    return 0 if report["passed"] else 1


def run_delete(target: Target, name: str, format_: ReportFormat, is_forced: bool) -> int:
    """Take a subgraph away; gives the exit status.  Raises: CommandError."""
    with progress(f"Deleting {name} from {target} …"):
        data = ask(target, DELETE, graph=target.graph, variant=target.variant, name=name, force=is_forced)
    return _tell(data["changed"], f"{name} is deleted from {target}", name, target, (format_, {}))


def run_rollback(target: Target, release: int, format_: ReportFormat) -> int:
    """Roll back; gives the exit status.  Raises: CommandError."""
    with progress(f"Rolling {target} back to release {release} …"):
        data = ask(target, ROLLBACK, graph=target.graph, variant=target.variant, release=release)
    return _tell(
        data["changed"], f"{target} is back at release {release}", f"release {release}", target, (format_, {})
    )


def run_contract(
    target: Target,
    source: str,
    tags: tuple[Sequence[str], Sequence[str], bool],
    format_: ReportFormat,
    is_forced: bool,
) -> int:
    """Make the target a contract of ``source``; gives the exit status.  Raises: CommandError."""
    include, exclude, hide = tags
    contract = {
        "source": source,
        "includeTags": list(include),
        "excludeTags": list(exclude),
        "hideUnreachable": hide,
    }
    with progress(f"Deriving {target} from {source} …"):
        data = ask(
            target, CONTRACT, graph=target.graph, variant=target.variant, contract=contract, force=is_forced
        )
    words = f"{target} is a contract of {source}"
    return _tell(data["changed"], words, target.variant, target, (format_, {}))


def _tell(
    changed: Mapping[str, Any],
    done: str,
    what: str,
    target: Target,
    output: tuple[ReportFormat, Mapping[str, Path]],
) -> int:
    """Print what became of a change; gives 0 when it is done or was already, 1 when it is refused."""
    format_, files = output
    outcome, release, report = changed["outcome"], changed["release"], changed["report"]
    status = 1 if outcome == "REJECTED" else 0
    if format_ is ReportFormat.JSON:
        print_json(changed)
        return status
    print_report(report, format_, files)
    live = "nothing is live yet" if release is None else f"release {release['id']} is live"
    told = {
        "RELEASED": f"{done}: {live}",
        "UNCHANGED": f"{target} has just this already: {live}",
        "PENDING": f"{done}, but its subgraphs do not compose so far: {live}",
        "REJECTED": f"{what} is refused, and {target} unchanged: {live}; {summary(report)}",
    }
    print(f"{told[outcome]}.")
    for contract in changed["contracts"]:
        print(f"  contract {contract['graph']}@{contract['variant']}: release {contract['id']} is live")
    return status


def _introspected(url: str, headers: Sequence[str]) -> str:
    from router.config.problem import ConfigError  # noqa: PLC0415  # pydantic is behind it
    from router.config.subgraph_sdl import ask_for_sdl  # noqa: PLC0415

    if not url.startswith(("http://", "https://")):
        raise CommandError(f"{url} cannot be introspected: give http://… or https://…", 2)
    given: dict[str, str] = {}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip():
            raise CommandError("A header is written NAME: VALUE.", 2)
        given[name.strip()] = value.strip()
    try:
        return ask_for_sdl(url, given)
    except ConfigError as error:
        raise CommandError(str(error)) from None
