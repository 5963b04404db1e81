"""``olympus policy``: what a variant's checks let pass."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from router.cli.failure import CommandError
from router.cli.registry_client import Target, ask
from router.cli.registry_report import print_json

POLICY: Final = """query ($graph: String!, $variant: String!) {
  graph(name: $graph) { variant(name: $variant) { checkPolicy } }
}"""
SET: Final = """mutation ($graph: String!, $variant: String!, $policy: JSON!) {
  policy: setCheckPolicy(graph: $graph, variant: $variant, policy: $policy)
}"""


def run_show(target: Target) -> None:
    """Print the policy.  Raises: CommandError."""
    print_json(_policy(target))


def run_set(target: Target, settings: Sequence[str]) -> None:
    """Change parts of the policy, and print it.  Raises: CommandError."""
    policy = _policy(target)
    for setting in settings:
        key, sign, text = setting.partition("=")
        if not sign:
            raise CommandError(f"{setting}: give KEY=VALUE", 2)
        try:
            value = json.loads(text)
        except ValueError:
            raise CommandError(f'{setting}: the value is JSON: 7, true or ["bot"]', 2) from None
        section, dot, name = key.partition(".")
        if dot and section == "lint":
            policy["lint"] = {**policy["lint"], name: value}
        else:
            policy[key] = value
    data = ask(target, SET, graph=target.graph, variant=target.variant, policy=policy)
    print_json(data["policy"])


def _policy(target: Target) -> dict[str, Any]:
    data = ask(target, POLICY, graph=target.graph, variant=target.variant)
    found = (data["graph"] or {}).get("variant")
    if found is None:
        raise CommandError(f"there is no variant {target}", 2)
    policy: dict[str, Any] = found["checkPolicy"]
    return policy
