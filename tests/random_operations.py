"""Random operations over the demo's API schema, with arguments that find something.

hypothesis-graphql draws the fields and arguments.  It cannot know that an id should be one of the world's,
so it is given the API schema with other scalars at the arguments: `ARGUMENTS` says which, `SCALARS` draws
them.  What it does not draw is woven in afterwards: aliases, fragments, fields selected twice, conditions,
variables and ``__typename``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from graphql import GraphQLSchema, build_ast_schema, parse, print_ast, print_schema, validate
from graphql.language import (
    DocumentNode,
    FieldDefinitionNode,
    FieldNode,
    InputValueDefinitionNode,
    IntValueNode,
    StringValueNode,
    TypeDefinitionNode,
    ValueNode,
    Visitor,
    parse_type,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import queries

from subgraphs import world
from subgraphs.paging import encode_cursor
from tests.weave import Weaver

ARGUMENTS: Final[Mapping[str, str]] = {
    "Query.product(id:)": "DemoProductId!",
    "Query.product(sku:)": "DemoSku!",
    "Query.products(first:)": "DemoFirst!",
    "Query.products(after:)": "DemoProductCursor",
    "Query.search(text:)": "DemoText!",
    "Query.search(first:)": "DemoFirst!",
    "Query.order(id:)": "DemoOrderId!",
    "Query.orders(pagination:)": "Pagination!",
    "Query.customer(id:)": "DemoCustomerId!",
    "Query.customer(email:)": "DemoEmail!",
    "Query.customers(first:)": "DemoFirst!",
    "Query.customers(after:)": "DemoCursor",
    "Query.dashboard(days:)": "DemoDays!",
    "Query.ask(question:)": "DemoQuestion!",
    "Customer.orders(pagination:)": "Pagination!",
    "Category.products(first:)": "DemoFirst!",
    "Category.products(after:)": "DemoProductCursor",
    "Dashboard.topProducts(first:)": "DemoFirst!",
    "Dashboard.topCustomers(first:)": "DemoFirst!",
    "Product.related(first:)": "DemoFirst!",
    "Product.unitsSold(days:)": "DemoDays",
    "Pagination.first": "DemoFirst!",
    "Pagination.after": "DemoCursor",
    "CustomerFilter.text": "DemoText",
    "OrderFilter.dateFrom": "DemoMoment",
    "OrderFilter.dateTo": "DemoMoment",
    "ProductFilter.categoryId": "DemoCategoryId",
    "ProductFilter.minPrice": "DemoAmount",
    "ProductFilter.maxPrice": "DemoAmount",
    "ProductFilter.text": "DemoText",
    "ProductFilter.tags": "[DemoTag!]",
}
"""By schema coordinate: what to draw there.  Lists must be short, so ``first`` is never left to its default."""

_QUESTIONS: Final = [
    "revenue last 7 days by category",
    "sales by day this week",
    "how many orders this month by status",
    "top 3 products last 30 days",
    "best customers this month",
    "revenue",
    "number of orders last 40 days",
    "top products",
    "best customers last 90 days",
]


def _text(values: list[str]) -> st.SearchStrategy[ValueNode]:
    return st.sampled_from(values).map(lambda value: StringValueNode(value=value))


def _int(values: Iterable[int]) -> st.SearchStrategy[ValueNode]:
    return st.sampled_from(list(values)).map(lambda value: IntValueNode(value=str(value)))


# The last of each list is another tenant's, or nobody's.
SCALARS: Final[dict[str, st.SearchStrategy[ValueNode]]] = {
    "DemoProductId": _text([p.id for p in world.products("acme")[:40]] + ["globex-p-0001", "7"]),
    "DemoSku": _text([p.sku for p in world.products("acme")[:40]] + ["GLOBEX-0001"]),
    "DemoCategoryId": _text([c.id for c in world.categories("acme")] + ["globex-cat-01"]),
    "DemoCustomerId": _text([c.id for c in world.customers("acme")[:40]] + ["globex-c-0001"]),
    "DemoEmail": _text([c.email for c in world.customers("acme")[:40]] + ["nobody@acme.example"]),
    "DemoOrderId": _text([f"acme-o-{n:05d}" for n in range(1, 1500, 29)] + ["globex-o-00001"]),
    "DemoFirst": _int((2, 1, 3, 0)),
    "DemoDays": _int((30, 7, 90, 1, 365, 14, 60, 3, 120, 200, 0)),
    "DemoAmount": _int((0, 500, 2000, 10000, 30000)),
    "DemoText": _text(["lamp", "e", "Desk", "ACME-00", "kitchen", "anna", "nothing at all"]),
    "DemoTag": _text(["wood", "gift", "steel", "compact"]),
    "DemoQuestion": _text([*_QUESTIONS * 2, "who will win the cup"]),
    "DemoCursor": _text([encode_cursor(n) for n in range(0, 1490, 61)] + ["not a cursor"]),
    "DemoProductCursor": _text([encode_cursor(f"acme-p-{n:04d}") for n in (1, 60, 239)]),
    "DemoMoment": _text(["2026-07-20T00:00:00Z", "2026-09-15T12:30:00+02:00", "2026-10-31T23:59:59Z"]),
}


@dataclass(frozen=True)
class RandomOperation:
    """One request; valid against the API schema."""

    text: str
    variables: dict[str, Any]

    def __repr__(self) -> str:
        return f"{self.text}\n# variables: {self.variables}"


def operations(api_schema: GraphQLSchema) -> st.SearchStrategy[RandomOperation]:
    """Draws query operations with everything that a client may write."""
    drawn = queries(drawing_schema(api_schema), custom_scalars=SCALARS, print_ast=lambda document: document)

    def weave(document: DocumentNode, seed: int) -> RandomOperation:
        if seed % 8 != 7:
            document = visit(document, _NamingOnce(seed % 2))
        # 0 weaves nothing in, so a failure shrinks to the plainest operation that still fails.
        for rate in (0.25, 0.08) if seed else ():
            weaver = Weaver(api_schema, Random(seed), rate)
            woven = weaver.weave(document)
            # Two selections of one response key may now disagree; then try with less, or do without.
            if not validate(api_schema, woven):
                return RandomOperation(print_ast(woven), weaver.variables)
        return RandomOperation(print_ast(document), {})

    return st.builds(weave, drawn, st.integers(0, 2**32))


def drawing_schema(api_schema: GraphQLSchema) -> GraphQLSchema:
    """The API schema with the types of `ARGUMENTS`; every operation over it is one over the API schema."""
    document = parse(print_schema(api_schema), no_location=True)
    scalars = parse("\n".join(f"scalar {name}" for name in SCALARS), no_location=True)
    retyping = _Retyping()
    retyped = visit(document, retyping)
    assert retyping.seen == set(ARGUMENTS), f"no such argument: {set(ARGUMENTS) - retyping.seen}"
    return build_ast_schema(DocumentNode(definitions=(*retyped.definitions, *scalars.definitions)))


class _NamingOnce(Visitor):
    """Leaves ``product`` and ``customer`` one argument to be found by: with both, products refuses."""

    def __init__(self, which: int) -> None:
        super().__init__()
        self._which = which

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        if node.name.value not in ("product", "customer") or not node.arguments:
            return None
        return replace(node, arguments=(node.arguments[self._which],))


class _Retyping(Visitor):
    """Gives arguments and input fields the types of `ARGUMENTS`, and no default."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def enter_input_value_definition(
        self, node: InputValueDefinitionNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]
    ) -> InputValueDefinitionNode | None:
        owners = [ancestor for ancestor in ancestors if isinstance(ancestor, TypeDefinitionNode)]
        fields = [ancestor for ancestor in ancestors if isinstance(ancestor, FieldDefinitionNode)]
        if not owners:
            return None
        coordinate = f"{owners[-1].name.value}.{node.name.value}"
        if fields:
            coordinate = f"{owners[-1].name.value}.{fields[-1].name.value}({node.name.value}:)"
        if coordinate not in ARGUMENTS:
            return None
        self.seen.add(coordinate)
        return InputValueDefinitionNode(name=node.name, type=parse_type(ARGUMENTS[coordinate]))
