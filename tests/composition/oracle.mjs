// A second opinion: what @theguild/federation-composition says about cases read from stdin.
// Shapes: [{name, subgraphs: [{name, url, sdl}]}] -> [{name, codes, supergraph, api}]
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.argv[2], "package.json"));
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const { parse } = await load("graphql");
const { composeServices } = await load("@theguild/federation-composition");

const answer = ({ name, subgraphs }) => {
  try {
    const services = subgraphs.map((s) => ({ name: s.name, url: s.url, typeDefs: parse(s.sdl) }));
    const result = composeServices(services);
    const codes = (result.errors ?? []).map((e) => e.extensions?.code ?? "NO_CODE");
    return { name, codes, supergraph: result.supergraphSdl ?? null, api: result.publicSdl ?? null };
  } catch (error) {
    return { name, codes: ["THROWN"], supergraph: null, api: null };
  }
};
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));
