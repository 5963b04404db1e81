"""Keys of every kind, ``@requires`` of every kind, shared value types entered by their parent, mutations."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

CATALOG = """
type Query {
  product(id: ID!): Product
  products(first: Int = 3, filter: ProductFilter): [Product!]!
  grid(size: Size): [[Product]!]
  categories: [Category!] @shareable
}
type Mutation {
  addProduct(name: String!): Product!
  rename(id: ID!, name: String = "none"): Product
}
input ProductFilter { text: String sizes: [Size!] nested: ProductFilter minimum: Int = 1 }
enum Size { SMALL MEDIUM LARGE }
type Product @key(fields: "id") @key(fields: "sku") {
  id: ID!
  sku: String!
  name: String
  size: Size
  category: Category!
  tags: [String!]!
  matrix: [[Int]!]
  dimensions: Dimensions! @shareable
  related(first: Int = 2): [Product!]!
  label(size: Size! = SMALL): String
}
type Dimensions @shareable { width: Int! height: Int }
type Category @key(fields: "id") { id: ID! name: String products: [Product!] }
"""

STOCK = """
type Query { warehouses: [Warehouse!]! lowStock: [Product] }
type Mutation { restock(sku: String!, amount: Int = 5): Product  move(to: ID!): Warehouse! }
type Warehouse @key(fields: "region { code } number") {
  region: Region!
  number: Int!
  city: String
  products: [Product!]!
}
type Region @key(fields: "code") { code: ID! }
type Product @key(fields: "sku") {
  sku: String!
  inStock: Int!
  warehouse: Warehouse
  dimensions: Dimensions! @external
  matrix: [[Int]!] @external
  volume: Int @requires(fields: "dimensions { width height }")
  spread: String @requires(fields: "matrix")
}
type Dimensions @shareable { width: Int! height: Int }
"""

PRICES = """
type Query { deals: [Deal!]! categories: [Category!] @shareable }
type Deal { product: Product! percent: Int code(prefix: String = "D"): String }
type Product @key(fields: "id") {
  id: ID!
  price: Money!
  inStock: Int! @external
  volume: Int @external
  category: Category! @external
  label(size: Size! = SMALL): String @external
  bill: Bill
  shipping: Money @requires(fields: "volume inStock")
  shelf: String @requires(fields: "category { name id }")
  sticker: String @requires(fields: "label(size: LARGE)")
  poster(size: Size): String @requires(fields: "label(size: MEDIUM)")
  dimensions: Dimensions! @shareable
}
enum Size { SMALL MEDIUM LARGE }
type Money @shareable { amount: Int! currency: String }
type Bill { money: Money tax: Tax }
type Tax @shareable { rate: Float }
type Dimensions @shareable { width: Int! height: Int depth: Int }
type Category @key(fields: "id") {
  id: ID!
  name: String @external
  discount: Int
  motto: String @requires(fields: "name")
}
"""

PLACES = """
type Query { regions: [Region!]! }
type Mutation { open(region: ID!): Region! }
type Region @key(fields: "code") { code: ID! title: String climate: Climate warehouses: [Warehouse!] }
type Climate { rain: Int summer: Season winter: Season }
type Season { days: Int }
type Warehouse @key(fields: "region { code } number") {
  region: Region!
  number: Int!
  rent: Money
  climate: Climate @external
}
type Money @shareable { amount: Int! currency: String }
"""

DOMAIN = Domain(
    "shop",
    {
        "catalog": FED2 + CATALOG,
        "stock": FED2 + STOCK,
        "prices": FED2 + PRICES,
        "places": FED2 + PLACES.replace("  climate: Climate @external\n", ""),
    },
)
