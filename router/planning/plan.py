"""The query plan: what to ask which subgraph, and what must be there first.

Data only.  The planner writes it once, the compiler reads it, the cache keeps it; nobody
changes it.  Two plans are equal when they would send the same requests.

Places and keys.  The fetched data is thought of as one tree with the shape of the response.  A *place* is a
response path (field `data_key`s, ``@`` for each list level, and a tuple of type names where only objects of
these runtime types are meant).  At a place, each value has one ``data_key``; fetches that reach the same place
write disjoint keys, or equal values under one key.  No fetch need be merged with another to read it: whoever
looks for ``data_key`` at a place asks the fetches whose selections hold it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from router.language.operation import Condition, Operation, OperationKind, Refusal

PathStep: TypeAlias = str | tuple[str, ...]
"""A `data_key`, ``"@"`` (walk the list), or a tuple of object type names (only these runtime types go on)."""

ResponsePath: TypeAlias = tuple[PathStep, ...]

Requirement: TypeAlias = tuple[tuple[Condition, ...], ...]
"""When something is needed: any of these conjunctions holds.  Empty: always.  Sorted."""


@dataclass(frozen=True, slots=True)
class FetchField:
    """One field a fetch asks for, as the subgraph's answer and the response tree know it."""

    name: str
    data_key: str
    """Its key in the response tree."""
    wire_key: str
    """Its key in the subgraph's answer; differs from ``data_key`` only where the subgraph would see a conflict."""
    selections: tuple[FetchSelection, ...] = ()
    """Empty for a leaf."""
    list_depth: int = 0


@dataclass(frozen=True, slots=True)
class FetchFragment:
    """Selections that only objects of these runtime types (all object types of the supergraph) answer."""

    types: tuple[str, ...]
    type_condition: str
    """As printed: a type name of the subgraph."""
    selections: tuple[FetchSelection, ...]


FetchSelection: TypeAlias = FetchField | FetchFragment


@dataclass(frozen=True, slots=True)
class RepresentationField:
    """One field of a representation, read from ``data_key`` at the object, sent under ``name``."""

    name: str
    data_key: str
    is_key: bool
    """Key fields must not be null: an object with a null one is left out of the fetch."""
    selections: tuple[RepresentationSelection, ...] = ()
    """Empty for a leaf; lists are walked at any depth."""


@dataclass(frozen=True, slots=True)
class RepresentationFragment:
    """Fields sent only for objects of these runtime types."""

    types: tuple[str, ...]
    selections: tuple[RepresentationSelection, ...]


RepresentationSelection: TypeAlias = RepresentationField | RepresentationFragment


@dataclass(frozen=True, slots=True)
class Representation:
    """How to build the representation of an object whose runtime type is in ``types``."""

    types: tuple[str, ...]
    typename: str | None
    """The constant ``__typename`` to send; None sends the object's own runtime type."""
    selections: tuple[RepresentationSelection, ...]
    requirement: Requirement = ()
    """Objects of these types are left out when it does not hold."""


@dataclass(frozen=True, slots=True)
class ContextOrigin:
    """Objects that set a context for those of an entity fetch."""

    levels: int
    """How many fields above the fetch's object this one stands; list items count with their field."""
    types: tuple[str, ...]
    """Runtime types that set the context; an object of another type is passed by."""
    selections: tuple[RepresentationSelection, ...]
    """Leads to one value for each of these types: through one field and those below it, or lists of them."""


@dataclass(frozen=True, slots=True)
class ContextVariable:
    """A variable of an `_entities` selection that takes its value from an object around each entity.

    The first of ``origins`` whose object is of its types gives the value: what its selections lead to.  It is null
    where an object on the way is null, and where no origin fits.
    """

    variable: str
    type: str
    """GraphQL type reference, as the subgraph declares the argument."""
    origins: tuple[ContextOrigin, ...]
    """The nearest first."""


@dataclass(frozen=True, slots=True)
class EntityFetch:
    """One ``_entities`` selection of a fetch: the objects at ``paths`` become its representations."""

    alias: str
    """Key of the list in the answer: ``_entities``, or an alias where a fetch asks several."""
    variable: str
    """Name of the operation's representations variable."""
    paths: tuple[ResponsePath, ...]
    """Places of the objects; all with the same representations and selections."""
    representations: tuple[Representation, ...]
    """Per runtime type; an object of a type in none of them is left out."""
    selections: tuple[FetchSelection, ...]
    requirement: Requirement = ()
    """Not asked (no representations) when it does not hold."""
    contexts: tuple[ContextVariable, ...] = ()
    """Where objects differ in these values, the selection is asked once for each set of values: all its variables,
    and its alias, then end in ``_1``, ``_2``, … from the second on."""
    is_root: bool = False
    """Its objects are of the query's root type, met again below a field: they have no representations in the
    request, which is a query of its own, but each of them has the answer's ``data`` for its entity.  It is the only
    selection of its fetch, without alias and variable."""
    text: str = ""
    """The selection as it stands in the operation; only where a selection of the fetch has contexts."""

    @property
    def declarations(self) -> str:
        """Its variables, as the operation declares them."""
        values = (f"${context.variable}:{context.type}" for context in self.contexts)
        return ",".join((f"${self.variable}:[_Any!]!", *values))


@dataclass(frozen=True, slots=True)
class FetchNode:
    """One request to one subgraph.

    Invariant: with ``entities`` it is an entity fetch, run when at least one representation was found;
    without, a root fetch whose answer's ``data`` stands at the root of the response.
    """

    id: int
    """Index in `QueryPlan.fetches`."""
    subgraph: str
    kind: OperationKind
    operation: str
    """GraphQL text, ready to send, minified."""
    operation_name: str | None
    variables: tuple[str, ...]
    """Client variables the text declares, in the client's order of declaration (representations not among them)."""
    depends_on: tuple[int, ...]
    """Fetches whose answers (or failures) must be in before this one starts; sorted."""
    selections: tuple[FetchSelection, ...] = ()
    """Of a root fetch: what stands under ``data``."""
    entities: tuple[EntityFetch, ...] = ()
    requirement: Requirement = ()
    """Not sent when it does not hold."""


@dataclass(frozen=True, slots=True)
class FlattenNode:
    """An entity fetch, and (for reading) the places it flattens; ``@`` walks a list."""

    paths: tuple[ResponsePath, ...]
    node: FetchNode


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """Children run one after another; each sees what the earlier ones fetched."""

    nodes: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True)
class ParallelNode:
    """Children run at the same time."""

    nodes: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True)
class ConditionNode:
    """``node`` runs only when ``requirement`` holds."""

    requirement: Requirement
    node: PlanNode


@dataclass(frozen=True, slots=True)
class SubscriptionNode:
    """``primary`` opens the source stream; ``rest`` completes each of its events."""

    primary: FetchNode
    rest: PlanNode | None


PlanNode: TypeAlias = FetchNode | FlattenNode | SequenceNode | ParallelNode | ConditionNode | SubscriptionNode


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """The plan of one operation.

    ``fetches`` is what runs: a directed acyclic graph in topological order (``depends_on`` < ``id``).
    ``node`` is the same as a tree, for people and plan viewers.  An operation that needs no subgraph
    (introspection, ``__typename``) has neither.
    """

    operation: Operation
    fetches: tuple[FetchNode, ...]
    node: PlanNode | None
    unplannable: tuple[str, ...] = ()
    """Why parts cannot be answered by any subgraph; then there are no fetches and the answer is one error."""
    shown_types: tuple[tuple[ResponsePath, tuple[str, ...]], ...] = ()
    """Places of a union type that subgraphs declare with different members: an object that is of none of the types
    all of them have completes as null, without an error, whichever subgraph was asked."""
    refusals: tuple[Refusal, ...] = ()
    """What is withheld from the callers this plan is for; each is an error of the answer."""
    granted_types: tuple[tuple[ResponsePath, tuple[str, ...]], ...] = ()
    """Places where objects of some types are withheld, and the other types: such an object completes as null, with
    an error."""
    is_cut_short: bool = False
    """Whether the search for the fewest fetches ended at a bound (time, work or memory): the plan is right, but there
    may be a better one."""

    @property
    def steps(self) -> int:
        """The number of fetches on the longest chain of those that wait for each other."""
        depth: list[int] = []
        for fetch in self.fetches:
            depth.append(1 + max((depth[other] for other in fetch.depends_on), default=0))
        return max(depth, default=0)

    def walk(self) -> Iterator[FetchNode]:
        """Give every fetch, dependencies first."""
        yield from self.fetches
