"""``olympus usage``: who uses what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from router.cli.choices import ExplainFormat
from router.cli.failure import CommandError
from router.cli.registry_client import Target, ask
from router.cli.registry_report import print_json
from router.cli.table import print_table

_OPERATION: Final = """{
  hash name kind signature requests errors latencyMs
  clients { name version requests errors latencyMs lastSeen }
}"""
USAGE: Final = f"""query ($graph: String!, $variant: String!, $coordinate: String!, $days: Int!) {{
  graph(name: $graph) {{ variant(name: $variant) {{
    usage(coordinate: $coordinate, days: $days) {{
      coordinate operations {_OPERATION} days {{ day clientName clientVersion requests errors }}
    }}
  }} }}
}}"""
OPERATIONS: Final = f"""query ($graph: String!, $variant: String!, $days: Int!) {{
  graph(name: $graph) {{ variant(name: $variant) {{ operations(days: $days, first: 200) {_OPERATION} }} }}
}}"""


def run_usage(target: Target, coordinate: str | None, days: int, format_: ExplainFormat) -> None:
    """Print who uses a coordinate, or every recorded operation.  Raises: CommandError."""
    asked = {"graph": target.graph, "variant": target.variant, "days": days}
    if coordinate is None:
        found = _variant(target, ask(target, OPERATIONS, **asked))["operations"]
    else:
        found = _variant(target, ask(target, USAGE, **asked, coordinate=coordinate))["usage"]
    if format_ is ExplainFormat.JSON:
        print_json(found)
    elif coordinate is None:
        _tell(f"operations of {target}", found, days)
    else:
        for use in found:
            through = "" if use["coordinate"] == coordinate else f"through {use['coordinate']}: "
            _tell(f"{through}{coordinate}", use["operations"], days)


def _variant(target: Target, data: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = (data["graph"] or {}).get("variant")
    if found is None:
        raise CommandError(f"there is no variant {target}", 2)
    return found


def _tell(what: str, operations: Sequence[Mapping[str, Any]], days: int) -> None:
    if not operations:
        print(f"{what}: used by no operation of the last {days} days")
        return
    clients = {client["name"] for one in operations for client in one["clients"]}
    requests = sum(one["requests"] for one in operations)
    print(
        f"{what}: {_count(len(operations), 'operation')} of {_count(len(clients), 'client')}, "
        f"{_count(int(requests), 'request')} in the last {days} days\n"
    )
    print_table(
        ("operation", "client", "version", "requests", "errors", "mean ms", "last seen"), _rows(operations)
    )


def _rows(operations: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for one in operations:
        for at, client in enumerate(one["clients"]):
            yield (
                "" if at else (one["name"] or f"{one['kind']} {one['hash'][:8]}"),
                client["name"] or "(unnamed)",
                client["version"] or "-",
                f"{client['requests']:,.0f}",
                f"{client['errors']:,.0f}",
                f"{client['latencyMs']:,.1f}",
                client["lastSeen"],
            )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
