"""What a registry has: subgraphs, releases, the differences between two of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from router.cli.choices import ReportFormat
from router.cli.failure import CommandError
from router.cli.registry_client import Target, ask
from router.cli.registry_report import print_json
from router.cli.table import print_table

SUBGRAPHS: Final = """query ($graph: String!, $variant: String!) {
  graph(name: $graph) { variant(name: $variant) { subgraphs { subgraph url sha256 createdAt createdBy } } }
}"""
SUBGRAPH: Final = """query ($graph: String!, $variant: String!, $name: String!) {
  graph(name: $graph) { variant(name: $variant) { subgraph(name: $name) { sdl } } }
}"""
RELEASES: Final = """query ($graph: String!, $variant: String!, $first: Int!) {
  graph(name: $graph) { variant(name: $variant) { releases(first: $first) {
    id kind of isLive createdAt createdBy
  } } }
}"""
VARIANTS: Final = """query ($graph: String!) {
  graph(name: $graph) { variants {
    name live { id createdAt } contract { source includeTags excludeTags hideUnreachable }
  } }
}"""
_RELEASE: Final = "{ id graph variant createdAt apiSchema subgraphs { subgraph url sha256 } }"
RELEASE: Final = f"query ($id: Int!) {{ release(id: $id) {_RELEASE} }}"
LIVE: Final = f"""query ($graph: String!, $variant: String!) {{
  graph(name: $graph) {{ variant(name: $variant) {{ live {_RELEASE} }} }}
}}"""

_GITHUB: Final = {"breaking": "error", "dangerous": "warning", "safe": "notice"}


def run_subgraphs(target: Target, format_: ReportFormat) -> None:
    """List a variant's subgraphs.  Raises: CommandError."""
    subgraphs = _variant(target, ask(target, SUBGRAPHS, graph=target.graph, variant=target.variant))[
        "subgraphs"
    ]
    if format_ is ReportFormat.JSON:
        print_json(subgraphs)
        return
    rows = [
        (one["subgraph"], one["url"], one["sha256"][:12], one["createdAt"], one["createdBy"])
        for one in subgraphs
    ]
    print_table(("subgraph", "url", "revision", "published", "by"), rows)


def run_fetch(target: Target, name: str, output: Path | None) -> None:
    """Print a subgraph's SDL.  Raises: CommandError."""
    data = ask(target, SUBGRAPH, graph=target.graph, variant=target.variant, name=name)
    found = _variant(target, data)["subgraph"]
    if found is None:
        raise CommandError(f"{target} has no subgraph {name}", 2)
    if output is None:
        sys.stdout.write(found["sdl"])
        return
    try:
        output.write_text(found["sdl"], "utf-8")
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror}") from None


def run_releases(target: Target, first: int, format_: ReportFormat) -> None:
    """List a variant's releases, the newest first.  Raises: CommandError."""
    data = ask(target, RELEASES, graph=target.graph, variant=target.variant, first=first)
    releases = _variant(target, data)["releases"]
    if format_ is ReportFormat.JSON:
        print_json(releases)
        return
    rows = []
    for one in releases:
        why = one["kind"].lower() + (f" of {one['of']}" if one["of"] else "")
        rows.append(
            (str(one["id"]), "live" if one["isLive"] else "", why, one["createdAt"], one["createdBy"])
        )
    print_table(("release", "", "why", "made", "by"), rows)


def run_variants(target: Target, format_: ReportFormat) -> None:
    """List a graph's variants and contracts.  Raises: CommandError."""
    graph = ask(target, VARIANTS, graph=target.graph)["graph"]
    if graph is None:
        raise CommandError(f"there is no graph {target.graph}", 2)
    if format_ is ReportFormat.JSON:
        print_json(graph["variants"])
        return
    rows = []
    for one in graph["variants"]:
        live = "nothing" if one["live"] is None else f"release {one['live']['id']}"
        rows.append((one["name"], live, _contract_words(one["contract"])))
    print_table(("variant", "live", "contract"), rows)


def run_diff(target: Target, before: str, after: str, format_: ReportFormat) -> int:
    """Print what changed between two releases, or what is live in two variants; gives 1 when something breaks.

    Raises: CommandError.
    """
    from router.composition.diff.diff import changes_between  # noqa: PLC0415  # graphql-core, half a second

    old, new = _release(target, before), _release(target, after)
    changes = changes_between(old["apiSchema"], new["apiSchema"])
    subgraphs = _subgraph_changes(old, new)
    if format_ is ReportFormat.JSON:
        print_json(
            {
                "before": _named(old),
                "after": _named(new),
                "subgraphs": subgraphs,
                "changes": [asdict(change) for change in changes],
            }
        )
    elif format_ is ReportFormat.GITHUB:
        for change in changes:
            print(f"::{_GITHUB[change.severity]} title={change.code}::{change.message}")
    else:
        print(f"From {_words(old)} to {_words(new)}:")
        for name, what in subgraphs.items():
            print(f"  subgraph {name}: {what}")
        for change in changes:
            print(f"  {change.severity}: {change.coordinate}: {change.message}")
        if not subgraphs and not changes:
            print("  nothing changed")
    return 1 if any(change.severity == "breaking" for change in changes) else 0


def _release(target: Target, name: str) -> dict[str, Any]:
    if name.isdecimal():
        found = ask(target, RELEASE, id=int(name))["release"]
        if found is None:
            raise CommandError(f"there is no release {name}", 2)
    else:
        found = _variant(target, ask(target, LIVE, graph=target.graph, variant=name), name)["live"]
        if found is None:
            raise CommandError(f"{target.graph}@{name} has no release", 2)
    release: dict[str, Any] = found
    return release


def _subgraph_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    before = {one["subgraph"]: one for one in old["subgraphs"]}
    after = {one["subgraph"]: one for one in new["subgraphs"]}
    changed: dict[str, str] = {}
    for name in sorted({*before, *after}):
        if name not in before:
            changed[name] = "added"
        elif name not in after:
            changed[name] = "removed"
        elif before[name]["sha256"] != after[name]["sha256"]:
            changed[name] = (
                "changed" if before[name]["url"] == after[name]["url"] else "changed, with its URL"
            )
    return changed


def _variant(target: Target, data: Mapping[str, Any], name: str | None = None) -> dict[str, Any]:
    graph = data["graph"]
    variant: dict[str, Any] | None = None if graph is None else graph["variant"]
    if variant is None:
        raise CommandError(f"there is no variant {target.graph}@{name or target.variant}", 2)
    return variant


def _contract_words(contract: Mapping[str, Any] | None) -> str:
    if contract is None:
        return ""
    parts = [f"of {contract['source']}"]
    parts += [f"+{tag}" for tag in contract["includeTags"]] + [f"-{tag}" for tag in contract["excludeTags"]]
    return " ".join(parts + (["unreachable hidden"] if contract["hideUnreachable"] else []))


def _named(release: Mapping[str, Any]) -> dict[str, Any]:
    return {key: release[key] for key in ("id", "graph", "variant", "createdAt")}


def _words(release: Mapping[str, Any]) -> str:
    return f"release {release['id']} ({release['graph']}@{release['variant']})"
