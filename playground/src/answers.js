/**
 * What the latest answer told beside its data: a store of one value.
 *
 * Shape: `{status?, headers?: [[name, value]], tookMs?, extensions?, errors?, hasData?}`; it is empty between asking and answer.
 */

let latest = {};
const listeners = new Set();

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function latestAnswer() {
  return latest;
}

/** Adds to what is known; null begins anew. */
export function record(told) {
  latest = told === null ? {} : { ...latest, ...told };
  for (const listener of listeners) listener();
}
