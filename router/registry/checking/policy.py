"""What a variant's checks let pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from router.composition.lint.rules import CODES
from router.registry.database.tables import GRAPHS, VARIANTS
from router.registry.database.usage_tables import CHECK_POLICIES
from router.registry.errors import RegistryInvalidError
from router.registry.model import VariantRef

MAX_DAYS: Final = 400
PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """What fails a change, and what is looked at."""

    days: int = 30
    """How far back operations are looked for."""
    allows_unused: bool = True
    """Whether a breaking change passes that no recorded operation uses."""
    needs_usage: bool = False
    """Whether it does not where nothing at all was recorded in these days."""
    min_requests: int = 1
    """Operations sent less often in these days do not count."""
    min_percentage: float = 0.0
    """Nor do those that are a smaller part of all requests."""
    excluded_clients: tuple[str, ...] = ()
    """Names of clients that do not count."""
    lint: Mapping[str, bool] = field(default_factory=dict)
    """By code of a lint rule, whether it is asked; of the others each by its default."""
    plans: bool = True
    """Whether recorded operations are planned."""
    plan_operations: int = 500
    """How many at most, the most frequent first."""
    plan_budget_s: float = 10.0
    """For how long at most."""

    def __post_init__(self) -> None:
        """Raises: RegistryInvalidError."""
        problems = [
            (not 1 <= self.days <= MAX_DAYS, f"days is from 1 to {MAX_DAYS}"),
            (self.min_requests < 1, "min_requests is at least 1"),
            (not 0 <= self.min_percentage <= PERCENT, "min_percentage is from 0 to 100"),
            (self.plan_operations < 0, "plan_operations is not negative"),
            (not 0 < self.plan_budget_s <= PERCENT, "plan_budget_s is above 0, and at most 100"),
        ]
        wrong = [message for is_wrong, message in problems if is_wrong]
        wrong += [f"{code} is no lint rule" for code in self.lint if code not in CODES]
        if wrong:
            raise RegistryInvalidError("; ".join(wrong))

    def to_json(self) -> dict[str, Any]:
        """Give the policy as it is stored and shown."""
        return {**asdict(self), "excluded_clients": list(self.excluded_clients), "lint": dict(self.lint)}


DEFAULT: Final = CheckPolicy()
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "days": int,
    "allows_unused": bool,
    "needs_usage": bool,
    "min_requests": int,
    "min_percentage": (int, float),
    "excluded_clients": (list, tuple),
    "lint": dict,
    "plans": bool,
    "plan_operations": int,
    "plan_budget_s": (int, float),
}


def read_policy_json(value: Any) -> CheckPolicy:
    """Read a policy; what is not given is by default.  Raises: RegistryInvalidError."""
    if not isinstance(value, dict):
        raise RegistryInvalidError("a check policy is an object")
    names = {one.name for one in fields(CheckPolicy)}
    for name, given in value.items():
        if name not in names:
            raise RegistryInvalidError(
                f"{name!r} is no part of a check policy; there are: {', '.join(sorted(names))}"
            )
        is_number = isinstance(given, int) and not isinstance(given, bool)
        if not isinstance(given, _TYPES[name]) or (_TYPES[name] is int and not is_number):
            raise RegistryInvalidError(f"{name} of a check policy cannot be {given!r}")
    given = dict(value)
    if "excluded_clients" in given:
        given["excluded_clients"] = tuple(str(one) for one in given["excluded_clients"])
    return CheckPolicy(**given)


async def read_policy(connection: AsyncConnection, ref: VariantRef) -> tuple[int | None, CheckPolicy]:
    """Give the variant's id, None where it is not there, and its policy."""
    statement = (
        select(VARIANTS.c.id, CHECK_POLICIES.c.policy)
        .select_from(
            VARIANTS.join(GRAPHS, GRAPHS.c.id == VARIANTS.c.graph_id).outerjoin(
                CHECK_POLICIES, CHECK_POLICIES.c.variant_id == VARIANTS.c.id
            )
        )
        .where(GRAPHS.c.name == ref.graph, VARIANTS.c.name == ref.variant)
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        return None, DEFAULT
    return row.id, DEFAULT if row.policy is None else read_policy_json(row.policy)


async def write_policy(connection: AsyncConnection, variant_id: int, policy: CheckPolicy) -> None:
    """Replace the variant's policy."""
    await connection.execute(delete(CHECK_POLICIES).where(CHECK_POLICIES.c.variant_id == variant_id))
    await connection.execute(insert(CHECK_POLICIES).values(variant_id=variant_id, policy=policy.to_json()))
