"""At which step can each part of an operation be had, if only some fetches may be made?

A fetch is named by its step and its subgraph, as in `router.planning.price`: however many places it serves, it ends in
one request.  What a set of fetches can do follows from rules over *variables*, each of which stands for something to
be had (a position stood at, a key gathered) and takes the first step at which that is so:

    any  the least of its terms, each as it is or, in a subgraph, at the first fetch behind it that may be made
    all  the greatest of its terms

Having something earlier never hurts, and nor does one more fetch.  So the question is answered by one walk over the
rules, and the search for the fewest fetches (`router.planning.cover`) needs nothing else of the operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

START: Final = 0
"""The variable of what needs no fetch."""
HERE: Final = 0
"""Instead of a subgraph: in the same fetch."""
GOAL: Final = -1
"""Instead of a variable: what must be had."""
MAX_STEPS: Final = 1_000
"""Steps that are told apart; a plan that takes as many is not one that a search makes better."""

Term: TypeAlias = tuple[int, int]
"""Subgraph (from 1) or `HERE`, and the variable to be had before."""
Rule: TypeAlias = tuple[int, bool, tuple[Term, ...]]
"""The variable, or `GOAL`; whether all terms are needed; the terms."""
Block: TypeAlias = tuple[bool, list[Rule]]
"""Whether the rules need each other, so that they are repeated until nothing changes; the rules."""
Fetches: TypeAlias = int
"""A set of fetches: bit ``(subgraph - 1) * steps + step - 1``."""


@dataclass(slots=True)
class Reach:
    """The rules of one operation."""

    graphs: list[str] = field(default_factory=list)
    """Subgraphs; number 1 is the first."""
    rules: list[Rule] = field(default_factory=list)
    goals: list[tuple[int, ...]] = field(default_factory=list)
    """Of each, one variable must be had."""
    size: int = 1
    """Number of variables."""
    blocks: list[Block] = field(default_factory=list)
    """The rules as they are walked; made by `arrange`."""

    def number(self, graph: str) -> int:
        """Give a subgraph's number."""
        if graph not in self.graphs:
            self.graphs.append(graph)
        return self.graphs.index(graph) + 1

    @property
    def cost(self) -> int:
        """What one walk costs, in terms looked at; circles settle in three rounds or so."""
        rules = [(3 if is_circular else 1, rule) for is_circular, some in self.blocks for rule in some]
        return sum(rounds * len(terms) for rounds, (_, _, terms) in rules)

    def first_steps(self) -> list[int] | None:
        """Give each variable's first step when every fetch may be made; None when some goal cannot be had at all."""
        behind = [*range(1, MAX_STEPS + 1), MAX_STEPS]
        here = list(range(MAX_STEPS + 1))
        return self.settle([here, *(behind for _ in self.graphs)], MAX_STEPS)

    def least_steps(self, first_steps: Sequence[int]) -> int:
        """Give the steps that a plan needs at least."""
        return max((min(first_steps[one] for one in goal) for goal in self.goals), default=0)

    def useful(self, first_steps: Sequence[int], steps: int) -> list[tuple[int, str]]:
        """Give the fetches, up to a step, that can add something: by step, then by subgraph."""
        earliest: dict[int, set[int]] = {}
        for _, _, terms in (rule for _, rules in self.blocks for rule in rules):
            for graph, before in terms:
                if graph != HERE:
                    first = first_steps[before] + 1
                    is_root = before == START
                    earliest.setdefault(graph, set()).update((1,) if is_root else range(first, steps + 1))
        return [
            (step, self.graphs[graph - 1])
            for step in range(1, steps + 1)
            for graph in sorted(earliest)
            if step in earliest[graph]
        ]

    def arrange(self) -> None:
        """Put the rules in order once all are written: dependencies first, what no goal needs left out.

        Rules that need each other stand in one block.  A goal's question comes behind the last rule it looks at, so
        that a walk ends where one is missed.  Cost: linear.
        """
        by_variable = {rule[0]: rule for rule in self.rules}
        of_block: dict[int, int] = {START: -1}
        blocks: list[Block] = []
        for circle in _circles(by_variable, [one for goal in self.goals for one in goal]):
            rules = [by_variable[variable] for variable in circle]
            is_circular = len(rules) > 1 or any(before == circle[0] for _, before in rules[0][2])
            for variable in circle:
                of_block[variable] = len(blocks)
            blocks.append((is_circular, rules))
        asked: dict[int, list[Rule]] = {}
        for goal in self.goals:
            last = max(of_block[one] for one in goal)
            asked.setdefault(last, []).append((GOAL, False, tuple((HERE, one) for one in goal)))
        self.blocks = [(False, asked.get(-1, []))]
        for number, (is_circular, rules) in enumerate(blocks):
            self._append(is_circular, rules)
            self._append(False, asked.get(number, []))

    def _append(self, is_circular: bool, rules: list[Rule]) -> None:
        """Add a block, to the last one where neither is circular."""
        if is_circular or self.blocks[-1][0]:
            self.blocks.append((is_circular, rules))
        else:
            self.blocks[-1][1].extend(rules)

    def settle(self, behind: Sequence[Sequence[int]], never: int) -> list[int] | None:
        """Walk the rules; gives each variable's step, or None as soon as a goal is known to be missed.

        ``behind[graph][step]`` is the step of the first fetch to a subgraph behind a step, or ``never``.
        """
        found = [never] * self.size
        found[START] = 0
        for is_circular, rules in self.blocks:
            is_settled = False
            while not is_settled:
                is_settled = True
                for variable, is_all, terms in rules:
                    if is_all:
                        step = max([found[before] for _, before in terms])
                    else:
                        step = never
                        for graph, before in terms:
                            at = behind[graph][found[before]]
                            if at < step:  # noqa: PLR1730 - min() takes three times as long
                                step = at
                    if variable == GOAL:
                        if step >= never:
                            return None
                    elif step < found[variable]:
                        found[variable] = step
                        is_settled = not is_circular
        return found

    def walker(self, steps: int) -> Walker:
        """Give what tells of sets of fetches, up to a step, whether they are enough."""
        return Walker(self, steps)


class Walker:
    """Tells whether sets of fetches are enough for all goals."""

    def __init__(self, reach: Reach, steps: int) -> None:
        self._reach = reach
        self._steps = steps
        self._never = steps + 1
        self._tables: dict[int, list[int]] = {}
        self._here = list(range(steps + 2))
        self._known: dict[Fetches, bool] = {}
        self.walks = 0
        """Walks made so far."""

    def bit(self, step: int, graph: str) -> Fetches:
        """Give the set of one fetch."""
        return 1 << (self._reach.graphs.index(graph) * self._steps + step - 1)

    def fetches(self, some: Fetches) -> Iterator[tuple[int, str]]:
        """Give the fetches of a set as steps and subgraphs."""
        for number, graph in enumerate(self._reach.graphs):
            for step in range(1, self._steps + 1):
                if some >> (number * self._steps + step - 1) & 1:
                    yield step, graph

    def is_enough(self, allowed: Fetches) -> bool:
        """Whether every goal can be had with these fetches alone.  Cost: one walk, the first time."""
        known = self._known.get(allowed)
        if known is None:
            self.walks += 1
            known = self._known[allowed] = self._walk(allowed)
        return known

    def _walk(self, allowed: Fetches) -> bool:
        ones = (1 << self._steps) - 1
        behind = [self._here]
        for _ in self._reach.graphs:
            behind.append(self._table(allowed & ones))
            allowed >>= self._steps
        return self._reach.settle(behind, self._never) is not None

    def _table(self, steps: int) -> list[int]:
        """Give, for each step, the first later one among these (as bits)."""
        known = self._tables.get(steps)
        if known is None:
            known = [self._never] * (self._never + 1)
            for step in range(self._steps - 1, 0, -1):
                known[step] = step + 1 if steps >> step & 1 else known[step + 1]
            known[START] = 1 if steps & 1 else self._never  # only root fetches wait for nothing
            self._tables[steps] = known
        return known


def _circles(rules: Mapping[int, Rule], needed: Iterable[int]) -> Iterator[list[int]]:
    """Give the variables that are needed, dependencies first; those that need each other together.

    Tarjan's strongly connected components, without recursion.
    """
    index: dict[int, int] = {START: -1}
    low: dict[int, int] = {}
    standing: dict[int, None] = {}
    for root in needed:
        stack: list[tuple[int, Iterator[Term]]] = [] if root in index else [(root, iter(rules[root][2]))]
        while stack:
            variable, terms = stack[-1]
            if variable not in index:
                index[variable] = low[variable] = len(index)
                standing[variable] = None
            for _, before in terms:
                if before not in index:
                    stack.append((before, iter(rules[before][2])))
                    break
                if before in standing:
                    low[variable] = min(low[variable], low[before])
            else:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[variable])
                if low[variable] == index[variable]:
                    yield _popped(standing, variable)


def _popped(standing: dict[int, None], variable: int) -> list[int]:
    """Take everything from the variable on; as it was met."""
    circle: list[int] = []
    while variable in standing:
        circle.append(standing.popitem()[0])
    return circle[::-1]
