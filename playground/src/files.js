/**
 * Files to send along: a variable whose value is `"@file:name"` stands for the file chosen under that name.
 * Spec: the GraphQL multipart request specification.
 */

const PREFIX = '@file:';
const chosen = new Map();

export function chosenFiles() {
  return [...chosen.keys()];
}

export function addFiles(files) {
  for (const file of files) chosen.set(file.name, file);
}

export function forgetFiles() {
  chosen.clear();
}

/** `[{path: 'variables.a.0', file}]` for each place in the variables. Throws for a name that was not chosen. */
export function filesFor(variables) {
  const found = [];
  const walk = (value, path) => {
    if (typeof value === 'string' && value.startsWith(PREFIX)) {
      const name = value.slice(PREFIX.length);
      const file = chosen.get(name);
      if (!file) throw new Error(`${path} names the file "${name}": choose it under "Request settings" first.`);
      found.push({ path, file });
    } else if (value && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    }
  };
  walk(variables ?? {}, 'variables');
  return found;
}

function withNulls(value) {
  if (typeof value === 'string' && value.startsWith(PREFIX)) return null;
  if (Array.isArray(value)) return value.map(withNulls);
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNulls(inner)]));
}

export function formOf(parameters, files) {
  const form = new FormData();
  form.append('operations', JSON.stringify({ ...parameters, variables: withNulls(parameters.variables) }));
  form.append('map', JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [index, [path]]))));
  files.forEach(({ file }, index) => form.append(String(index), file, file.name));
  return form;
}
