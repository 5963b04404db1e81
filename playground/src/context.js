/** What the router tells the page beside the schema: documents, and which subgraphs have which field. */

let asked;

/** `{supergraph, operations: [{name, text}], owners?, identities?: [name]}`; without anything where the router does not tell. */
export function context() {
  asked ??= fetch(new URL('/playground/context.json', window.location.href))
    .then(response => (response.ok ? response.json() : {}))
    .catch(() => ({}));
  return asked;
}

/** A token of one of `identities`, fresh. Throws with what to tell. */
export async function demoToken(identity) {
  const response = await fetch(new URL('/playground/token', window.location.href), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity }),
  });
  if (!response.ok) throw new Error(`The router gave no token (${response.status}).`);
  return (await response.json()).token;
}

/** The introspection result, with the owners of each field in front of its description. */
export function withOwners(answer, owners) {
  const types = answer?.data?.__schema?.types;
  if (!types || !owners) return answer;
  for (const type of types) {
    for (const field of type.fields ?? []) {
      const names = owners[`${type.name}.${field.name}`];
      if (!names?.length) continue;
      // In front: lists of fields show the first paragraph only.
      const told = `Subgraph${names.length > 1 ? 's' : ''}: **${names.join('**, **')}**`;
      field.description = field.description ? `${told} · ${field.description}` : told;
    }
  }
  return answer;
}
