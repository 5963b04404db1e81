"""What unions, interfaces and ``@provides`` make hard: types that differ between subgraphs, fields that clash."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

KEEPERS = """
type Query {
  animals: [Animal!]
  media: Media
  beings: [Being]
  keeper: Keeper!
  nodes: [Node]
  friendly: [Friendly]
  visits: [Visit!]! @shareable
}
interface Node { id: ID! }
interface Animal { id: ID! name: String }
interface Friendly { friend: Animal }
type Dog implements Animal & Node & Friendly @key(fields: "id") {
  id: ID!
  name: String @external
  friend: Animal
  age: Int
  breed: String!
}
type Cat implements Animal & Node & Friendly @key(fields: "id") {
  id: ID!
  name: String @external
  friend: Cat
  age: Int
}
union Being = Dog | Keeper | Robot
type Keeper implements Node @key(fields: "id") {
  id: ID!
  name: String!
  age: String
  pets: [Animal!]
  pet: Animal @provides(fields: "... on Dog { name } ... on Cat { name }")
  favourite: Being
}
type Robot { id: ID name: String age: Float owner: Keeper parts: [[Part]] }
type Part @shareable { id: ID! size: Int }
interface Media { id: ID! title: String }
type Poster implements Media @key(fields: "id") { id: ID! title: String @shareable size: Int animal: Animal }
type Leaflet implements Media @key(fields: "id") { id: ID! title: String @shareable size: String animal: Dog }
type Visit @shareable { day: Int! guest: Guest }
union Guest = Dog | Keeper
"""

VETS = """
type Query { patients: [Patient!] dogs: [Dog!]! vet: Vet visits: [Visit!]! @shareable }
interface Animal { id: ID! name: String }
interface Named { name: String }
type Dog implements Animal & Named @key(fields: "id") {
  id: ID!
  name: String @shareable
  chip: Int
  illness: Illness
}
type Cat implements Animal @key(fields: "id") { id: ID! name: String @shareable lives: Int illness: Illness }
type Bird implements Animal & Named @key(fields: "id") { id: ID! name: String wings: Int! illness: Illness }
union Patient = Dog | Cat | Bird
type Illness { name: String! patient: Patient cure: Cure since: Int }
interface Cure { dose: Int! }
type Pill implements Cure { dose: Int! color: Color! }
type Shot implements Cure { dose: Int! needle: Int }
enum Color { RED BLUE }
type Vet implements Named @key(fields: "license") { license: Int! name: String treats: [Animal] }
type Visit @shareable { day: Int! guest: Guest note: String }
union Guest = Dog | Vet
"""

SHOWS = """
type Query { winner: Dog winners: [Contestant] poster: Poster }
type Dog @key(fields: "id") {
  id: ID!
  name: String @external
  illness: Illness @external
  title: String @requires(fields: "name illness { cure { dose ... on Pill { color } } }")
  trophies: [Trophy!]
}
type Illness @key(fields: "name", resolvable: false) { name: String! @shareable cure: Cure @external }
interface Cure { dose: Int! }
type Pill implements Cure { dose: Int! @external color: Color! @external }
type Shot implements Cure { dose: Int! @external }
enum Color { RED BLUE }
interface Contestant { id: ID! trophies: [Trophy!] }
type Keeper implements Contestant @key(fields: "id") { id: ID! trophies: [Trophy!] rank(of: String): Int }
type Bird implements Contestant @key(fields: "id") { id: ID! trophies: [Trophy!] }
type Trophy { name: String winner: Contestant! poster: Poster @provides(fields: "title") }
type Poster @key(fields: "id") { id: ID! title: String @external edition: Int }
"""

DOMAIN = Domain(
    "zoo",
    {
        "keepers": FED2 + KEEPERS,
        "vets": FED2 + VETS.replace("name: String! patient", "name: String! @shareable patient"),
        "shows": FED2 + SHOWS.replace(' @key(fields: "name", resolvable: false)', ""),
    },
)
