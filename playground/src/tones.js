/** The class that gives a subgraph its colour: in the order in which subgraphs are met, so the first eight differ. */

const TONES = 8;
const met = new Map();

export function tone(subgraph) {
  if (!met.has(subgraph)) met.set(subgraph, met.size % TONES);
  return `olympus-tone-${met.get(subgraph)}`;
}
