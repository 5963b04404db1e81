// Where the reader is, and what is shown there.  Addresses: #/GRAPH/VARIANT/PAGE/THING

import { token } from "./api.js";
import { h } from "./dom.js";
import * as pages from "./pages.js";

const TABS = { subgraphs: "Subgraphs", releases: "Releases", checks: "Checks", usage: "Usage" };
const ONE = { subgraphs: pages.subgraph, releases: pages.release, checks: pages.check, usage: pages.usage };

const content = document.getElementById("content");
const trail = document.getElementById("trail");
const signOut = document.getElementById("sign-out");
let turn = 0;

function place() {
  const [graph, variant, page = "subgraphs", ...rest] = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  return { graph, variant, page: page in TABS ? page : "subgraphs", rest, base: `#/${encodeURIComponent(graph)}/${encodeURIComponent(variant)}` };
}

function frame(where) {
  return [
    h("h1", {}, `${where.graph} · ${where.variant}`),
    h("nav", { class: "tabs", "aria-label": "Pages of the variant" }, Object.entries(TABS).map(([page, name]) =>
      h("a", { href: `${where.base}/${page}`, "aria-current": page === where.page && "page" }, name))),
  ];
}

function signIn(message) {
  trail.replaceChildren();
  signOut.hidden = true;
  document.title = "Olympus Registry";
  content.replaceChildren(h("form", {
    class: "card sign-in",
    onsubmit: (event) => {
      event.preventDefault();
      token.set(new FormData(event.target).get("token").trim());
      show();
    },
  },
    h("h1", {}, "Sign in"),
    h("p", { class: "hint" }, "With a token of the registry; it stays in this tab. Make one with ", h("code", {}, "olympus registry token create")),
    message && h("p", { class: "error-text", role: "alert" }, message),
    h("label", { for: "token" }, "Token"),
    h("input", { id: "token", name: "token", type: "password", autocomplete: "off", required: true, autofocus: true }),
    h("button", { type: "submit" }, "Sign in")));
}

async function show() {
  const mine = ++turn;
  if (!token.get()) return signIn();
  signOut.hidden = false;
  const where = place();
  const isVariant = where.graph && where.variant;
  trail.replaceChildren(...(isVariant ? [h("a", { href: where.base }, `${where.graph}@${where.variant}`)] : []));
  document.title = isVariant ? `${where.graph}@${where.variant} · Olympus Registry` : "Olympus Registry";
  let body;
  try {
    const page = !isVariant ? pages.graphs : where.rest.length ? ONE[where.page] : pages[where.page];
    body = await page(where);
  } catch (error) {
    if (mine !== turn) return;
    if (error.code === "REGISTRY_UNAUTHENTICATED") {
      token.clear();
      return signIn(error.message);
    }
    body = h("p", { class: "card error-text", role: "alert" }, error.message);
  }
  if (mine !== turn) return;
  content.replaceChildren(...[isVariant ? frame(where) : [], body].flat(4).filter(Boolean));
  content.dataset.shown = location.hash || "#/";
}

signOut.addEventListener("click", () => {
  token.clear();
  show();
});
addEventListener("hashchange", show);
show();
