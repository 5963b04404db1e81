"""Fields that are a union here and an object there, provided in circles, required through interfaces in interfaces."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

CASES = """
type Query { cases: [Case!] parties: [Party!]! latest: Case @shareable evidence: [Evidence] }
type Case @key(fields: "id") {
  id: ID!
  title: String
  plaintiff: Party @shareable
  defendant: Person @shareable
  judge: Judge @provides(fields: "court { name seat { city } }")
  evidence: [Evidence!]!
  exhibit: Evidence
  linked: Case @provides(fields: "verdict")
  verdict: String @external
}
union Party = Person | Company
type Person @key(fields: "id") { id: ID! name: String! @shareable lawyer: Lawyer }
type Company @key(fields: "id") { id: ID name: String @shareable lawyer: Lawyer size: Int }
type Judge @key(fields: "id") { id: ID! court: Court @external }
type Court @key(fields: "id") { id: ID! name: String @external seat: Seat @external }
type Seat { city: String @external }
type Lawyer @key(fields: "id") { id: ID! fee: Int clients: [Party!] }
interface Evidence { id: ID! source: Source weight: Int }
interface Source { label: String trust: Int }
type Paper implements Evidence @key(fields: "id") { id: ID! source: Source weight: Int pages: Int }
type Trace implements Evidence @key(fields: "id") { id: ID! source: Source weight: Int kind: String }
type Rumour implements Evidence @key(fields: "id") @inaccessible { id: ID! source: Source weight: Int }
type Witness implements Source { label: String trust: Int age: Int person: Person }
type Camera implements Source { label: String trust: Int place: Place }
type Ghost implements Source @inaccessible { label: String trust: Int mood: String }
type Place { name: String near: [Place!] }
"""

COURTS = """
type Query { judges: [Judge!] latest: Case @shareable court: Court }
type Case @key(fields: "id") {
  id: ID! verdict: String @shareable plaintiff: Person @shareable defendant: Person @shareable archived: Boolean
}
type Person @key(fields: "id") { id: ID! name: String! @shareable record: [Case] }
type Judge @key(fields: "id") { id: ID! court: Court @shareable name: String }
type Court @key(fields: "id") { id: ID! name: String @shareable seat: Seat @shareable judges: [Judge!]! }
type Seat { city: String @shareable street: String }
type Lawyer @key(fields: "id") { id: ID! bar: Court }
"""

LABS = """
type Query { findings: [Finding] }
interface Finding { report: String }
interface Source { label: String trust: Int }
type Witness implements Source { label: String @external trust: Int @external age: Int @external }
type Camera implements Source { label: String @external trust: Int @external place: Place @external }
type Ghost implements Source @inaccessible {
  label: String @external
  trust: Int @external
  mood: String @external
}
type Place { name: String @external }
type Paper implements Finding @key(fields: "id") {
  id: ID!
  source: Source @external
  report: String @requires(fields: "source { label ... on Witness { age } ... on Camera { place { name } } }")
}
type Trace implements Finding @key(fields: "id") {
  id: ID!
  source: Source @external
  weight: Int @external
  report: String @requires(fields: "weight source { ... on Ghost { mood } trust }")
  dna: String
}
type Case @key(fields: "id") {
  id: ID!
  plaintiff: Party @external
  exhibit: Evidence @external
  opinion: String @requires(fields: "plaintiff { ... on Person { name } ... on Company { size } }")
  score: Int @requires(fields: "exhibit { weight source { trust ... on Witness { age } } ... on Paper { pages } }")
}
union Party = Person | Company
type Person @key(fields: "id", resolvable: false) { id: ID! name: String! @external }
type Company @key(fields: "id", resolvable: false) { id: ID! size: Int @external }
interface Evidence { weight: Int source: Source }
"""

DOMAIN = Domain(
    "court",
    {
        "cases": FED2 + CASES,
        "courts": FED2 + COURTS,
        "labs": FED2
        + LABS.replace("type Paper implements Finding", "type Paper implements Finding & Evidence")
        .replace("type Trace implements Finding", "type Trace implements Finding & Evidence")
        .replace(
            "  id: ID!\n  source: Source @external\n  report",
            "  id: ID!\n  weight: Int @external\n  pages: Int @external\n  source: Source @external\n  report",
            1,
        ),
    },
)
