// Runs the clients that people use for subscriptions against a router and prints what each saw, as JSON:
//   node subscriptions.mjs FOLDER URL BAD_TOKEN      FOLDER/node_modules has what clients.json names
// Before the last line it prints "restart" whenever the router is to be restarted.
// Shapes: {"<client>": {"<scenario>": [entry, ...] | {"error": string}}}
//   entry: ["next", {"data": ..., "codes"?: [...]}] | ["complete"] | ["error", codes, close code or HTTP status]
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, url, badToken] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const use = (name) => import(pathToFileURL(require.resolve(name)).href);

const { createClient: createWs } = await use("graphql-ws");
const { createClient: createSse } = await use("graphql-sse");
const { SubscriptionClient } = require("subscriptions-transport-ws");
const { ApolloClient, HttpLink, InMemoryCache, gql } = await use("@apollo/client");
const WebSocket = require("ws");

const socketUrl = url.replace("http", "ws");
const bearer = { authorization: `Bearer ${badToken}` };
const say = (line) => process.stdout.write(`${line}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Give what is short enough to compare: codes of GraphQL errors, a close code, an HTTP status, or the words. */
function outline(error) {
  const list = Array.isArray(error) ? error : (error?.errors ?? error?.graphQLErrors);
  if (Array.isArray(list)) return list.map((one) => one.extensions?.code ?? one.message);
  return error?.code ?? error?.statusCode ?? error?.response?.status ?? error?.extensions?.code ?? String(error?.message ?? error);
}
/** Leave out what a client adds of its own. */
const plain = (value) => JSON.parse(JSON.stringify(value, (key, one) => (key === "__typename" ? undefined : one)));
function resultOf({ data, errors, error }) { // Apollo Client has an error where the others have errors
  const failed = errors ?? error;
  return failed ? { data: data ?? null, codes: outline(failed) } : { data };
}

/** Each gives {run(query, sink) → stop, close()}; with `refused` it has a bad token and does not try again. */
const clients = {
  "graphql-ws": ({ refused }) => {
    const client = createWs({
      url: socketUrl, webSocketImpl: WebSocket, lazy: true, retryAttempts: refused ? 0 : 20,
      retryWait: () => pause(50), connectionParams: refused ? bearer : undefined,
    });
    return { run: (query, sink) => client.subscribe({ query }, sink), close: () => client.dispose() };
  },
  "subscriptions-transport-ws": ({ refused }) => {
    const client = new SubscriptionClient(
      socketUrl, { reconnect: !refused, minTimeout: 5000, connectionParams: refused ? bearer : {},
        connectionCallback: (error) => error && refused?.(error) }, WebSocket,
    );
    return {
      run: (query, sink) => {
        const { unsubscribe } = client.request({ query }).subscribe(sink);
        return unsubscribe;
      },
      close: () => client.close(true),
    };
  },
  "graphql-sse": ({ refused }) => {
    const client = createSse({
      url, retryAttempts: refused ? 0 : 20, retry: () => pause(50), headers: refused ? bearer : undefined,
    });
    return { run: (query, sink) => client.subscribe({ query }, sink), close: () => client.dispose() };
  },
  "apollo multipart": ({ refused }) => {
    const link = new HttpLink({ uri: url, headers: refused ? bearer : {} });
    const client = new ApolloClient({ link, cache: new InMemoryCache(), queryDeduplication: false });
    return {
      run: (text, sink) => {
        const query = gql(text);
        const kind = query.definitions[0].operation;
        if (kind !== "subscription") {
          const answer = kind === "query" ? client.query({ query }) : client.mutate({ mutation: query });
          answer.then((one) => (sink.next(one), sink.complete()), (error) => sink.error(error));
          return () => {};
        }
        const options = { query, errorPolicy: "all", fetchPolicy: "no-cache" };
        const subscription = client.subscribe(options).subscribe(sink);
        return () => subscription.unsubscribe();
      },
      close: () => client.stop(),
    };
  },
};

async function ask(query) {
  const answer = await fetch(url, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query }),
  });
  return (await answer.json()).data;
}

/** Run to the end, or until ``enough(seen)``; what came is given, and an "end" that comes twice would show. */
function collect(client, query, enough = () => false, onSeen = () => {}) {
  return new Promise((resolve) => {
    const seen = [];
    let isDone = false;
    let isStopped = false;
    let stop;
    const done = () => {
      if (isDone) return;
      isDone = true;
      setTimeout(() => resolve(seen), 100);
    };
    const note = (...entry) => {
      if (isStopped) return; // some clients tell their caller of its own stop
      seen.push(entry);
      onSeen(seen);
      if (entry[0] !== "next") done();
      else if (enough(seen)) {
        isStopped = true;
        if (stop) stop();
        else queueMicrotask(() => stop());
        done();
      }
    };
    stop = client.run(query, {
      next: (value) => note("next", plain(resultOf(value))),
      error: (error) => note("error", outline(error)),
      complete: () => note("complete"),
    });
  });
}

const scenarios = {
  "to the end": (client) => collect(client, "subscription { count { name stars } }"),
  query: (client) => collect(client, '{ product(id: "1") { name stars } }'),
  mutation: (client) => collect(client, 'mutation { rename(id: "1", name: "new") { name } }'),
  invalid: (client) => collect(client, "subscription { nope }"),
  "event with an error": (client) => collect(client, "subscription { faulty { name } }"),
  // Server-sent events have no end but complete: a client takes the errors for a result and connects again.
  broken: (client) => collect(client, "subscription { broken { name } }", (soFar) => soFar.at(-1)[1].codes),
  async cancelled(client) {
    const before = (await ask("{ closed }")).closed;
    const seen = await collect(client, "subscription { clock { name } }", (soFar) => soFar.length === 1);
    const end = Date.now() + 10_000;
    while ((await ask("{ closed }")).closed === before && Date.now() < end) await pause(20);
    return [...seen, ["closed upstream", (await ask("{ closed }")).closed - before]];
  },
};

async function refused(open) {
  return new Promise((resolve) => {
    const client = open({ refused: (error) => resolve([["error", String(error.message ?? error)]]) });
    collect(client, "subscription { clock { name } }").then((seen) => (client.close(), resolve(seen)));
  });
}

async function restarted(open) {
  const client = open({});
  let isTold = false;
  const seen = await collect(
    client, "subscription { clock { name } }", (soFar) => soFar.length === 2,
    () => { if (!isTold) { isTold = true; say("restart"); } },
  );
  client.close();
  return seen;
}

async function within(promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("took 20 s")), 20_000); });
  try {
    return await Promise.race([promise, late]);
  } catch (error) {
    return { error: String(error?.stack ?? error) };
  } finally {
    clearTimeout(timer);
  }
}

const results = {};
for (const [name, open] of Object.entries(clients)) {
  const seen = (results[name] = {});
  for (const [scenario, run] of Object.entries(scenarios)) {
    const client = open({});
    seen[scenario] = await within(run(client));
    client.close();
  }
  seen.refused = await within(refused(open));
  seen.restarted = await within(restarted(open));
}
say(JSON.stringify(results));
process.exit(0);
