"""Names of subgraphs in the configuration that the supergraph does not have: most are misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from router.telemetry.logs import get_log

_log = get_log("engine")


def warn_of_unknown_subgraphs(named: Iterable[tuple[str, str]], known: Collection[str]) -> None:
    """Log a warning for each configured key whose subgraph is not ``known``.

    It is no error: a subgraph may be configured before the supergraph has it, and after it has left.
    """
    for key, name in named:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f'did you mean "{near[0]}"?' if near else f"it has: {', '.join(sorted(known))}"
        _log.warning("the configuration names a subgraph that the supergraph lacks", key=key, hint=hint)
