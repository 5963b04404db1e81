// Runs the server audits of npm's graphql-http against a URL and prints them as JSON:
//   node audits.mjs FOLDER URL      FOLDER/node_modules has graphql-http
// Shapes: [{"id", "name", "status": "ok" | "notice" | "warn" | "error", "reason"?}]
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, url] = process.argv.slice(2);
const entry = createRequire(join(folder, "package.json")).resolve("graphql-http");
const { serverAudits } = await import(pathToFileURL(entry).href);

const results = [];
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const { id, name, status, reason } = await audit.fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
