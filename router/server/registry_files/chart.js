// Requests by day, as bars stacked by client.

import { h, number, table } from "./dom.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [960, 240, 56, 24, 8];
const SHOWN = 7;

/** The days up to today, as ISO dates. */
function lastDays(count) {
  const today = new Date();
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() - (count - 1 - at)));
    return day.toISOString().slice(0, 10);
  });
}

function nice(top) {
  const power = 10 ** Math.floor(Math.log10(Math.max(top, 1)));
  return [1, 1.5, 2, 3, 4, 6, 8, 10].map((one) => one * power).find((one) => one >= top) ?? top;
}

/** `uses` are `{day, clientName, requests}`. */
export function chart(uses, count, label) {
  const totals = new Map();
  for (const use of uses) totals.set(use.clientName, (totals.get(use.clientName) ?? 0) + use.requests);
  const names = [...totals.keys()].sort((a, b) => totals.get(b) - totals.get(a));
  const shown = names.slice(0, SHOWN);
  const place = (name) => (shown.includes(name) ? shown.indexOf(name) : SHOWN);
  const days = lastDays(count + 1);
  const sums = new Map(days.map((day) => [day, Array(SHOWN + 1).fill(0)]));
  for (const use of uses) if (sums.has(use.day)) sums.get(use.day)[place(use.clientName)] += use.requests;
  const top = nice(Math.max(1, ...[...sums.values()].map((day) => day.reduce((a, b) => a + b, 0))));
  const step = (WIDTH - LEFT) / days.length;
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const lines = [0, 0.5, 1].map((part) => [
    h("line", { class: "axis", x1: LEFT, x2: WIDTH, y1: y(top * part), y2: y(top * part) }),
    h("text", { class: "soft", x: LEFT - 8, y: y(top * part) + 4, "text-anchor": "end" }, number(top * part)),
  ]);
  const bars = days.map((day, at) => {
    let below = 0;
    const total = sums.get(day).reduce((a, b) => a + b, 0);
    return h("g", {},
      h("title", {}, `${day}: ${number(total)} requests`),
      sums.get(day).map((value, who) => {
        if (!value) return null;
        below += value;
        return h("rect", {
          class: `fill s${who}`, x: LEFT + at * step + 1.5, width: Math.max(step - 3, 1), rx: 2,
          y: y(below), height: Math.max(y(below - value) - y(below), 1),
        });
      }));
  });
  const every = Math.ceil(days.length / 8);
  const ticks = days.map((day, at) => at % every === 0 &&
    h("text", { class: "soft", x: LEFT + at * step + step / 2, y: HEIGHT - 6, "text-anchor": "middle" }, day.slice(5)));
  const legend = shown.map((name, at) => h("li", {}, h("i", { class: `fill s${at}` }), name || "unnamed"));
  if (names.length > SHOWN) legend.push(h("li", {}, h("i", { class: `fill s${SHOWN}` }), "others"));
  return h("figure", { class: "chart" },
    h("div", { class: "plot", tabindex: "0", role: "group", "aria-label": label },
      h("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, width: "100%" }, lines, bars, ticks)),
    h("ul", { class: "legend", "aria-label": "Clients" }, legend),
    h("details", {}, h("summary", {}, "As a table"), asTable(label, days, sums, shown, names.length > SHOWN)));
}

/** The days on which there was something, newest first. */
function asTable(label, days, sums, shown, hasOthers) {
  const used = days.filter((day) => sums.get(day).some((value) => value > 0)).reverse();
  const clients = shown.map((name, at) => [name || "unnamed", (day) => number(sums.get(day)[at]), true]);
  if (hasOthers) clients.push(["others", (day) => number(sums.get(day)[SHOWN]), true]);
  return table(label, [["Day", (day) => day], ...clients], used);
}
