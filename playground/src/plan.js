/**
 * The query plan of the latest answer: a store of one value, and the fetcher that fills it.
 *
 * Shapes: `{kind: 'QueryPlan', node}`; a node is `{kind, ...}` with `nodes` (Sequence, Parallel),
 * `node` (Flatten), `ifClause`/`elseClause` (Condition), `primary`/`rest` (Subscription), or is a Fetch.
 */

let latest;
const listeners = new Set();

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function currentPlan() {
  return latest;
}

function show(plan) {
  if (plan === latest) return;
  latest = plan;
  for (const listener of listeners) listener();
}

/** An answer is one result, or a list of them where it came in several parts. */
function tap(answer) {
  for (const result of Array.isArray(answer) ? answer : [answer]) {
    const plan = result?.extensions?.queryPlan;
    if (plan) show(plan);
  }
  return answer;
}

async function* tapEach(answers) {
  for await (const answer of answers) yield tap(answer);
}

/** The same fetcher; it also shows the plan that an answer carries. Introspection leaves it alone. */
export function withPlan(fetcher) {
  return async (parameters, options) => {
    const answer = await fetcher(parameters, options);
    if (parameters.operationName === 'IntrospectionQuery') return answer;
    show(undefined);
    return answer?.[Symbol.asyncIterator] ? tapEach(answer) : tap(answer);
  };
}
