// Runs the clients that people use against a router and prints what each got, as JSON:
//   node clients.mjs FOLDER URL DOCUMENT      FOLDER/node_modules has what clients.json names
// Shapes: {"<scenario>": {"data": ..., "requests": ["POST json", "GET", ...]} | {"error": string}}
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, url, document] = process.argv.slice(2);
const { resolve } = createRequire(join(folder, "package.json"));
const use = (name) => import(pathToFileURL(resolve(name)).href);

const { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } = await use("@apollo/client");
const { BatchHttpLink } = await use("@apollo/client/link/batch-http");
const { PersistedQueryLink } = await use("@apollo/client/link/persisted-queries");
const { default: UploadHttpLink } = await use("apollo-upload-client/UploadHttpLink.mjs");
const { Client, fetchExchange } = await use("@urql/core");
const { persistedExchange } = await use("@urql/exchange-persisted");

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const PAPERS = gql`query Papers { papers }`;
const SET_IMAGE = gql`mutation SetImage($file: Upload!) { setImage(file: $file) }`;
const file = () => new File(["pixels"], "a.png", { type: "image/png" });

/** A fetch that notes what went over the wire. */
function noting(requests) {
  return (input, options = {}) => {
    const kind = options.body instanceof FormData ? " form" : Array.isArray(tryJson(options.body)) ? " array" : "";
    requests.push((options.method ?? "GET") + kind);
    return fetch(input, options);
  };
}
function tryJson(body) {
  try { return JSON.parse(body); } catch { return undefined; }
}
const apollo = (link) => new ApolloClient({ link, cache: new InMemoryCache(), queryDeduplication: false });
const urql = (requests, exchanges) =>
  new Client({ url, fetch: noting(requests), exchanges, preferGetMethod: false, requestPolicy: "network-only" });
const fresh = { fetchPolicy: "network-only" };

const scenarios = {
  async "apollo http"(requests) {
    const client = apollo(new HttpLink({ uri: url, fetch: noting(requests) }));
    return (await client.query({ query: PAPERS })).data;
  },
  async "apollo get"(requests) {
    const client = apollo(new HttpLink({ uri: url, fetch: noting(requests), useGETForQueries: true }));
    return (await client.query({ query: PAPERS })).data;
  },
  async "apollo persisted"(requests) {
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
    const client = apollo(ApolloLink.from([persisted, new HttpLink({ uri: url, fetch: noting(requests) })]));
    const query = gql`query PapersOfApollo { papers }`;
    await client.query({ query });
    return (await client.query({ query, ...fresh })).data;
  },
  async "apollo ids"(requests) {
    const ids = [];
    const noted = (text) => { const id = sha256(text); ids.push(id); return id; };
    const client = apollo(ApolloLink.from([
      new PersistedQueryLink({ sha256: noted }), new HttpLink({ uri: url, fetch: noting(requests) }),
    ]));
    // As test_stock_clients.py has it extracted; what the answer is does not matter.
    await client.query({ query: gql(readFileSync(document, "utf8")), errorPolicy: "all" }).catch(() => {});
    return ids;
  },
  async "apollo batch"(requests) {
    const client = apollo(new BatchHttpLink({ uri: url, fetch: noting(requests), batchInterval: 50 }));
    const second = gql`query More { more: papers }`;
    const answers = await Promise.all([client.query({ query: PAPERS }), client.query({ query: second })]);
    return Object.assign({}, ...answers.map((answer) => answer.data));
  },
  async "apollo upload"(requests) {
    const link = new UploadHttpLink({
      uri: url, fetch: noting(requests), headers: { "apollo-require-preflight": "true" },
    });
    return (await apollo(link).mutate({ mutation: SET_IMAGE, variables: { file: file() } })).data;
  },
  async "apollo errors"(requests) {
    const client = apollo(new HttpLink({ uri: url, fetch: noting(requests) }));
    const answer = await client.query({ query: gql`query Nope { nope }`, errorPolicy: "all" });
    return answer.error.errors.map((error) => error.extensions.code);
  },
  async "urql http"(requests) {
    return (await urql(requests, [fetchExchange]).query(PAPERS, {}).toPromise()).data;
  },
  async "urql get"(requests) {
    const client = urql(requests, [fetchExchange]);
    return (await client.query(PAPERS, {}, { preferGetMethod: "force" }).toPromise()).data;
  },
  async "urql persisted"(requests) {
    const client = urql(requests, [persistedExchange({ preferGetForPersistedQueries: "force" }), fetchExchange]);
    const query = gql`query PapersOfUrql { papers }`;
    await client.query(query, {}).toPromise();
    return (await client.query(query, {}).toPromise()).data;
  },
  async "urql upload"(requests) {
    const client = new Client({
      url, fetch: noting(requests), exchanges: [fetchExchange],
      fetchOptions: { headers: { "apollo-require-preflight": "true" } },
    });
    const answer = await client.mutation(SET_IMAGE, { file: file() }).toPromise();
    if (answer.error) throw answer.error;
    return answer.data;
  },
  async "urql errors"(requests) {
    const answer = await urql(requests, [fetchExchange]).query("query Nope { nope }", {}).toPromise();
    return answer.error.graphQLErrors.map((error) => error.extensions.code);
  },
};

const results = {};
for (const [name, run] of Object.entries(scenarios)) {
  const requests = [];
  try {
    results[name] = { data: await run(requests), requests };
  } catch (error) {
    results[name] = { error: String(error?.stack ?? error), requests };
  }
}
console.log(JSON.stringify(results));
process.exit(0);
