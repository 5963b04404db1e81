// What depends on what: subgraphs on the left, entities on the right, a line for each part of an entity.

import { badge, h, table } from "./dom.js";

const [WIDTH, NODE, HIGH, GAP, TOP] = [960, 250, 42, 16, 10];

/** `entities` are `{name, parts: [{subgraph, keys, fields, requires, isReference}]}`. */
export function map(subgraphs, entities) {
  const rows = Math.max(subgraphs.length, entities.length, 1);
  const height = TOP * 2 + rows * (HIGH + GAP);
  const y = (at, count) => TOP + (height - 2 * TOP) * ((at + 0.5) / count) - HIGH / 2;
  const left = new Map(subgraphs.map((name, at) => [name, y(at, subgraphs.length)]));
  const edges = [];
  const things = [];
  const parts = entities.flatMap((entity, at) =>
    entity.parts.filter((part) => left.has(part.subgraph)).map((part) => ({ ...part, entity: entity.name, at })));

  const node = (kind, name, x, top, note, colour) => {
    const light = (isOn) => {
      const touched = new Set([`${kind}:${name}`]);
      for (const part of parts)
        if ((kind === "s" ? part.subgraph : part.entity) === name) touched.add(`s:${part.subgraph}`).add(`e:${part.entity}`);
      for (const [key, element] of things) element.classList.toggle("dim", isOn && !touched.has(key));
      for (const [part, element] of edges)
        element.classList.toggle("dim", isOn && (kind === "s" ? part.subgraph : part.entity) !== name);
    };
    const group = h("g", {
      class: "thing", tabindex: "0", role: "img", "aria-label": `${name}: ${note}`,
      onmouseenter: () => light(true), onmouseleave: () => light(false),
      onfocus: () => light(true), onblur: () => light(false),
    },
      h("rect", { class: "node", x, y: top, width: NODE, height: HIGH, rx: 8 }),
      colour !== null && h("rect", { class: `fill s${colour}`, x: x + 1, y: top + 9, width: 4, height: HIGH - 18, rx: 2 }),
      h("text", { x: x + 16, y: top + 18 }, name.length > 28 ? `${name.slice(0, 27)}…` : name),
      h("text", { class: "soft", x: x + 16, y: top + 34 }, note));
    things.push([`${kind}:${name}`, group]);
    return group;
  };

  const lines = parts.map((part) => {
    const from = left.get(part.subgraph) + HIGH / 2;
    const to = y(part.at, entities.length) + HIGH / 2;
    const [x1, x2] = [NODE, WIDTH - NODE];
    const line = h("path", {
      class: `edge stroke s${subgraphs.indexOf(part.subgraph) % 8}${part.isReference ? " reference" : ""}`,
      d: `M ${x1} ${from} C ${x1 + 150} ${from}, ${x2 - 150} ${to}, ${x2} ${to}`,
      "stroke-width": Math.min(1.5 + Math.sqrt(part.fields), 7),
    }, h("title", {}, `${part.subgraph} → ${part.entity}: ${part.fields} fields, key ${part.keys.join(" or ")}`));
    edges.push([part, line]);
    return line;
  });
  const count = (name) => parts.filter((part) => part.subgraph === name).length;
  const boxes = [
    ...subgraphs.map((name, at) => node("s", name, 1, left.get(name), `${count(name)} ${count(name) === 1 ? "entity" : "entities"}`, at % 8)),
    ...entities.map((entity, at) =>
      node("e", entity.name, WIDTH - NODE - 1, y(at, entities.length), `key ${entity.parts[0]?.keys[0] ?? ""}`.slice(0, 34), null)),
  ];
  return [
    h("div", { class: "picture" },
      h("svg", { viewBox: `0 0 ${WIDTH} ${height}`, width: "100%", role: "group", "aria-label": "Subgraphs and the entities they share" }, lines, boxes)),
    h("p", { class: "hint" }, "A line is a part of an entity, as wide as it has fields; a dashed one only refers to it."),
    h("details", {}, h("summary", {}, "As a table"),
      table("Which subgraph has which part of an entity", [
        ["Entity", (part) => part.entity],
        ["Subgraph", (part) => part.subgraph],
        ["Keys", (part) => part.keys.map((key) => h("code", {}, `${key} `))],
        ["Fields", (part) => part.fields, true],
        ["Requires from others", (part) => part.requires.map((one) => h("code", {}, `${one} `))],
        ["", (part) => part.isReference && badge("only refers")],
      ], parts)),
  ];
}
