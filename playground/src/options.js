/** What someone chose in the settings panel. Only the transport outlives the page: tokens stay in memory. */

const KEY = 'olympus:transport';
const chosen = { transport: kept() ?? 'ws', token: '' };
const listeners = new Set();

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage may be forbidden
  }
}

export function option(name) {
  return chosen[name];
}

export function choose(name, value) {
  chosen[name] = value;
  if (name === 'transport') {
    try {
      localStorage.setItem(KEY, value);
    } catch {
      // then it is chosen anew next time
    }
  }
  for (const listener of listeners) listener();
}

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Headers that say who asks. The headers editor goes before them. */
export function callerHeaders() {
  return chosen.token ? { authorization: `Bearer ${chosen.token}` } : {};
}
