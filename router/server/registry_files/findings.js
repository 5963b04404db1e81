// What checks found, the worst first.

import { badge, h, number } from "./dom.js";

export const FINDING = `check severity code message coordinate variant
  locations { subgraph line column } operations { hash name clientName clientVersion requests }`;

const KIND = { ERROR: "error", WARNING: "warning", INFO: "" };
const ORDER = Object.keys(KIND);

export function findings(list) {
  if (!list.length) return h("p", { class: "hint" }, "Nothing to tell.");
  const sorted = [...list].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return h("ul", { class: "findings" }, sorted.map((one) =>
    h("li", {},
      h("div", { class: "row" }, badge(one.severity.toLowerCase(), KIND[one.severity]), h("code", {}, one.code),
        one.coordinate && h("strong", { class: "mono" }, one.coordinate),
        one.variant && badge(one.variant, "accent"),
        one.locations.map((at) => h("span", { class: "hint mono" }, `${at.subgraph}:${at.line}:${at.column}`))),
      h("p", {}, one.message),
      one.operations.length > 0 && h("details", { open: one.severity === "ERROR" },
        h("summary", {}, `Who is hit (${one.operations.length})`),
        h("ul", {}, one.operations.map((hit) =>
          h("li", {}, h("strong", {}, hit.name ?? hit.hash.slice(0, 12)), ` by ${hit.clientName ?? "an unnamed client"} ${hit.clientVersion ?? ""}, ${number(hit.requests)} requests`)))))));
}

const CHANGE = { BREAKING: "error", DANGEROUS: "warning", SAFE: "ok" };

export function changes(list) {
  if (!list.length) return h("p", { class: "hint" }, "Clients see no change.");
  return h("ul", { class: "findings" }, list.map((one) =>
    h("li", {},
      h("div", { class: "row" }, badge(one.severity.toLowerCase(), CHANGE[one.severity]), h("code", {}, one.code),
        h("strong", { class: "mono" }, one.coordinate)),
      h("p", {}, one.message))));
}
