/**
 * Links that carry an operation: in the fragment, which no server sees.
 * Shape: `#share=` and JSON `{query, variables?}` as base64url of its UTF-8. Headers, and so tokens, are never in it.
 */

const MARK = '#share=';

export function linkTo(query, variables) {
  const bytes = new TextEncoder().encode(JSON.stringify(variables?.trim() ? { query, variables } : { query }));
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  const packed = btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return `${window.location.href.split('#')[0]}${MARK}${packed}`;
}

/** What the address carries; undefined when there is nothing, or nothing that can be read. */
export function shared(hash = window.location.hash) {
  if (!hash.startsWith(MARK)) return undefined;
  try {
    const text = atob(hash.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/'));
    const told = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, one => one.charCodeAt(0))));
    if (typeof told.query !== 'string') return undefined;
    return { query: told.query, variables: typeof told.variables === 'string' ? told.variables : '' };
  } catch {
    return undefined;
  }
}
