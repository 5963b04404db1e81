// The pages of one variant; each gives elements.

import { ask } from "./api.js";
import { chart } from "./chart.js";
import { badge, graphql, h, moment, number, table } from "./dom.js";
import { changes, FINDING, findings } from "./findings.js";
import { map } from "./map.js";

const at = "graph(name: $graph) { variant(name: $variant)";
const open = "query ($graph: String!, $variant: String!";

function need(value, what) {
  if (!value) throw new Error(`There is no ${what}, or your token may not read it.`);
  return value;
}

const variantOf = (data, { graph, variant }) => need(data.graph?.variant, `variant ${graph}@${variant}`);

export async function graphs() {
  const data = await ask(`{ graphs { name variants { name contract { source } live { id createdAt createdBy } subgraphs { subgraph } } } }`);
  return [
    h("h1", {}, "Graphs"),
    data.graphs.length === 0 && h("p", { class: "hint" }, "No graph yet that your token may read. Publish a subgraph: ", h("code", {}, "olympus publish")),
    data.graphs.map((graph) => [
      h("h2", {}, graph.name),
      h("div", { class: "grid" }, graph.variants.map((one) =>
        h("article", { class: "card" },
          h("div", { class: "row" }, h("h3", {}, h("a", { href: `#/${graph.name}/${one.name}` }, one.name)),
            one.contract && badge(`contract of ${one.contract.source}`, "accent"),
            one.live ? badge("live", "ok") : badge("not released", "warning")),
          h("p", { class: "hint" }, `${one.subgraphs.length} subgraphs`),
          one.live && h("p", { class: "hint" }, `Release ${one.live.id} by ${one.live.createdBy}, `, moment(one.live.createdAt))))),
    ]),
  ];
}

export async function subgraphs(where) {
  const data = await ask(`${open}) { ${at} { subgraphs { subgraph url createdAt createdBy }
    entities { name parts { subgraph keys fields requires isReference } } } } }`, where);
  const found = variantOf(data, where);
  const names = found.subgraphs.map((one) => one.subgraph);
  return [
    h("div", { class: "grid" }, found.subgraphs.map((one) =>
      h("article", { class: "card" },
        h("h3", {}, h("a", { href: `${where.base}/subgraphs/${encodeURIComponent(one.subgraph)}` }, one.subgraph)),
        h("p", {}, h("code", {}, one.url)),
        h("p", { class: "hint" }, `By ${one.createdBy}, `, moment(one.createdAt))))),
    h("h2", {}, "What depends on what"),
    h("div", { class: "card" }, found.entities.length ? map(names, found.entities)
      : h("p", { class: "hint" }, "No entities: no type with @key.")),
  ];
}

export async function subgraph(where) {
  const data = await ask(`${open}, $name: String!) { ${at} { subgraph(name: $name) { id subgraph url sdl sha256 createdAt createdBy } } } }`,
    { ...where, name: where.rest[0] });
  const one = need(variantOf(data, where).subgraph, `subgraph ${where.rest[0]}`);
  return h("article", { class: "card" },
    h("div", { class: "row" }, h("h2", {}, one.subgraph), badge(`revision ${one.id}`)),
    h("p", {}, h("code", {}, one.url)),
    h("p", { class: "hint" }, `Published by ${one.createdBy}, `, moment(one.createdAt)),
    graphql(one.sdl, `SDL of ${one.subgraph}`));
}

export async function releases(where) {
  const data = await ask(`${open}) { ${at} { releases(first: 50) { id kind of isLive createdAt createdBy } } } }`, where);
  const list = variantOf(data, where).releases;
  if (!list.length) return h("p", { class: "hint" }, "No release yet: what was published does not compose.");
  return h("div", { class: "card" }, table("Releases, the newest first", [
    ["Release", (one) => h("a", { href: `${where.base}/releases/${one.id}` }, String(one.id))],
    ["", (one) => one.isLive && badge("live", "ok")],
    ["Why", (one) => `${one.kind.toLowerCase()}${one.of ? ` of ${one.of}` : ""}`],
    ["Who", (one) => one.createdBy],
    ["When", (one) => moment(one.createdAt)],
  ], list));
}

export async function release(where) {
  const id = Number(where.rest[0]);
  const data = await ask(`query ($id: Int!, $graph: String!, $variant: String!) {
    release(id: $id) { id kind of isLive createdAt createdBy apiSchema subgraphs { subgraph createdBy createdAt } }
    ${at} { releases(first: 1, before: $id) { id } } } }`, { ...where, id });
  const one = need(data.release, `release ${id}`);
  const before = variantOf(data, where).releases[0]?.id;
  const diff = before ? (await ask(`query ($from: Int!, $to: Int!) { diff(from: $from, to: $to) { code severity coordinate message } }`,
    { from: before, to: id })).diff : null;
  return [
    h("div", { class: "row" }, h("h2", {}, `Release ${one.id}`), one.isLive && badge("live", "ok"), badge(one.kind.toLowerCase())),
    h("p", { class: "hint" }, `By ${one.createdBy}, `, moment(one.createdAt)),
    h("div", { class: "card" }, h("h3", {}, before ? `What changed since release ${before}` : "The first release"), diff && changes(diff)),
    h("div", { class: "card" }, table("Made of", [
      ["Subgraph", (part) => part.subgraph], ["Published by", (part) => part.createdBy], ["When", (part) => moment(part.createdAt)],
    ], one.subgraphs)),
    h("details", { class: "card" }, h("summary", {}, "API schema"), graphql(one.apiSchema, "API schema")),
  ];
}

export async function checks(where) {
  const data = await ask(`${open}) { ${at} { checkRuns(first: 50) { id action actor at subgraphs report { passed findings { severity } } } } } }`, where);
  const list = variantOf(data, where).checkRuns;
  if (!list.length) return h("p", { class: "hint" }, "No check yet: ", h("code", {}, "olympus check"));
  const count = (run, severity) => run.report.findings.filter((one) => one.severity === severity).length;
  return h("div", { class: "card" }, table("Checks, the newest first", [
    ["Check", (run) => h("a", { href: `${where.base}/checks/${run.id}` }, `${run.action} ${run.id}`)],
    ["Result", (run) => (run.report.passed ? badge("passed", "ok") : badge("failed", "error"))],
    ["Subgraphs", (run) => run.subgraphs.join(", ")],
    ["Errors", (run) => count(run, "ERROR"), true],
    ["Warnings", (run) => count(run, "WARNING"), true],
    ["Who", (run) => run.actor],
    ["When", (run) => moment(run.at)],
  ], list));
}

export async function check(where) {
  const data = await ask(`query ($id: Int!) { checkRun(id: $id) { id action actor at subgraphs report { passed findings { ${FINDING} } } } }`,
    { id: Number(where.rest[0]) });
  const run = need(data.checkRun, `check ${where.rest[0]}`);
  return [
    h("div", { class: "row" }, h("h2", {}, `${run.action} of ${run.subgraphs.join(", ")}`),
      run.report.passed ? badge("passed", "ok") : badge("failed", "error")),
    h("p", { class: "hint" }, `By ${run.actor || "somebody"}, `, moment(run.at)),
    h("div", { class: "card" }, findings(run.report.findings)),
  ];
}

const OPERATION = "hash name kind signature requests errors latencyMs clients { name version requests errors latencyMs lastSeen }";

const operationsTable = (caption, list) => table(caption, [
  ["Operation", (one) => h("details", {}, h("summary", {}, one.name ?? `${one.kind} ${one.hash.slice(0, 8)}`), graphql(one.signature, "Operation"),
    h("ul", {}, one.clients.map((use) => h("li", {}, `${use.name || "unnamed"} ${use.version}: ${number(use.requests)} requests, last `, moment(use.lastSeen)))))],
  ["Clients", (one) => [...new Set(one.clients.map((use) => use.name || "unnamed"))].join(", ")],
  ["Requests", (one) => number(one.requests), true],
  ["With errors", (one) => number(one.errors), true],
  ["Mean", (one) => `${number(Math.round(one.latencyMs * 10) / 10)} ms`, true],
], list);

export async function usage(where) {
  const coordinate = where.rest[0] ?? "";
  const form = h("form", {
    class: "row card",
    onsubmit: (event) => {
      event.preventDefault();
      location.hash = `${where.base}/usage/${encodeURIComponent(new FormData(event.target).get("coordinate").trim())}`;
    },
  },
    h("label", { for: "coordinate" }, "Coordinate"),
    h("input", { id: "coordinate", name: "coordinate", value: coordinate, placeholder: "Product.name, Query.product(id:), Color.RED", required: true }),
    h("button", { type: "submit" }, "Who uses it"));
  if (!coordinate) {
    const data = await ask(`${open}) { ${at} { operations(first: 100) { ${OPERATION} } } } }`, where);
    const list = variantOf(data, where).operations;
    return [form, list.length ? h("div", { class: "card" }, operationsTable("Operations of the last 30 days, the most frequent first", list))
      : h("p", { class: "hint" }, "No operation was recorded in the last 30 days: let the routers report, with ", h("code", {}, "usage_reporting"))];
  }
  const data = await ask(`${open}, $coordinate: String!) { ${at} { usage(coordinate: $coordinate) {
    coordinate operations { ${OPERATION} } days { day clientName requests } } } } }`, { ...where, coordinate });
  return [form, variantOf(data, where).usage.map((use) =>
    h("section", { class: "card" },
      h("h2", {}, use.coordinate === coordinate ? "Requests by day" : `Through ${use.coordinate}`),
      use.operations.length ? [chart(use.days, 30, `Requests that use ${use.coordinate}, by day`), operationsTable("Operations that use it", use.operations)]
        : h("p", { class: "hint" }, "Nobody used it in the last 30 days.")))];
}
