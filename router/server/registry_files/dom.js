// Elements from data.  Text is only ever text: nothing here parses HTML.

const SVG = new Set(["svg", "g", "path", "rect", "line", "text", "title", "circle"]);

/** Make an element; `null` and `false` among attributes and children are left out. */
export function h(name, attributes = {}, ...children) {
  const element = SVG.has(name)
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false && value !== undefined)
      element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(4).filter((one) => one !== null && one !== false && one !== undefined));
  return element;
}

export const badge = (text, kind = "") => h("span", { class: `badge ${kind}` }, text);

export const number = (value) => new Intl.NumberFormat("en").format(value);

/** A moment, as the reader's clock has it; the exact one is its title. */
export const moment = (iso) =>
  h("time", { datetime: iso, title: iso }, new Date(iso).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" }));

/** A table; a column is `[head, cell of row, is a number]`. */
export function table(caption, columns, rows) {
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, columns.map(([head, , isNumber]) => h("th", { scope: "col", class: isNumber && "number" }, head)))),
      h("tbody", {}, rows.map((row) =>
        h("tr", {}, columns.map(([, cell, isNumber]) => h("td", { class: isNumber && "number" }, cell(row))))))));
}

const TOKEN = /("""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*)|(@\w+)|\b(type|interface|union|enum|input|scalar|schema|extend|directive|implements|repeatable|on|query|mutation|subscription|fragment)\b(?!\s*[:(])|\b([A-Z]\w*)\b/g;

/** GraphQL text, its words marked. */
export function graphql(text, label) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(at, match.index));
    const kind = match[1] ? "s" : match[2] ? "d" : match[3] ? "k" : "t";
    parts.push(h("span", { class: kind }, match[0]));
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return h("pre", { tabindex: "0", role: "region", "aria-label": label }, parts);
}
