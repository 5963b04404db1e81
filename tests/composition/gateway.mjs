// Whether npm's @apollo/gateway loads supergraphs read from stdin, without asking any subgraph.
// Shapes: [{name, sdl}] -> [{name, error, api}]
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "package.json"));
const { ApolloGateway } = require("@apollo/gateway");
const { printSchema, lexicographicSortSchema } = require("graphql");
const logger = { debug() {}, info() {}, warn() {}, error() {} };

const answers = [];
for (const { name, sdl } of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    const gateway = new ApolloGateway({ supergraphSdl: sdl, logger });
    const { schema } = await gateway.load();
    answers.push({ name, error: null, api: printSchema(lexicographicSortSchema(schema)) });
    await gateway.stop();
  } catch (error) {
    answers.push({ name, error: String(error.message), api: null });
  }
}
process.stdout.write(JSON.stringify(answers));
process.exit(0);
