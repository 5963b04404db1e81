"""Every domain by name."""

from __future__ import annotations

from tests.lab.domains import (
    accounts,
    court,
    harbour,
    media,
    mint,
    moves,
    overlap,
    press,
    relay,
    rings,
    rollout,
    ships,
    shop,
    tariffs,
    travel,
    zoo,
)
from tests.lab.trial import Domain

DOMAINS: dict[str, Domain] = {
    module.DOMAIN.name: module.DOMAIN
    for module in (
        shop,
        media,
        accounts,
        moves,
        rings,
        travel,
        zoo,
        ships,
        overlap,
        court,
        mint,
        tariffs,
        relay,
        harbour,
        press,
        rollout,
    )
}
