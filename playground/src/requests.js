/**
 * How operations travel: POST, WebSocket or server-sent events for subscriptions, a form for files.
 *
 * One fetcher for all; it also hands each answer's headers, and what `extensions` tell, to the panels.
 */

import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { parse } from 'graphql';

import { context, withOwners } from './context.js';
import { filesFor, formOf } from './files.js';
import { record } from './answers.js';
import { endpoint, subscriptionEndpoint } from './settings.js';
import { callerHeaders, option } from './options.js';

/** Asked for each time; a router that does not show them pays no heed. */
const ASKING = {
  'olympus-include-query-plan': 'true',
  'olympus-include-timing': 'true',
  'olympus-include-cost': 'true',
};

const LIMIT_HEADER = /^(x-)?ratelimit|^retry-after$/;

function operationKind({ query, operationName }) {
  try {
    const operations = parse(query).definitions.filter(one => one.kind === 'OperationDefinition');
    const chosen = operations.find(one => one.name?.value === operationName) ?? operations[0];
    return chosen?.operation ?? 'query';
  } catch {
    return 'query';
  }
}

/** `fetch`, which notes what the answer's headers say of limits and how long the whole exchange took. */
function noting(input, init) {
  const started = performance.now();
  return fetch(input, init).then(response => {
    record({
      status: response.status,
      headers: [...response.headers].filter(([name]) => LIMIT_HEADER.test(name)),
      tookMs: performance.now() - started,
    });
    return response;
  });
}

/** The result for the response pane: what only this page asked for is left to the panels. */
function tap(result) {
  if (!result || typeof result !== 'object') return result;
  record({ extensions: result.extensions, errors: result.errors, hasData: Boolean(result.data) });
  if (!result.extensions) return result;
  const { queryPlan: _plan, timing: _timing, cost: _cost, ...extensions } = result.extensions;
  const { extensions: _all, ...rest } = result;
  return Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest;
}

async function* tapEach(answers) {
  for await (const answer of answers) yield tap(answer);
}

/** Events of one subscription, by the distinct-connections mode of GraphQL over server-sent events. */
async function* eventsOf(parameters, headers) {
  const stop = new AbortController();
  try {
    const response = await noting(endpoint, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(parameters),
      signal: stop.signal,
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      yield await response.json();
      return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text = (text + value).replaceAll('\r\n', '\n');
      const blocks = text.split('\n\n');
      text = blocks.pop();
      for (const block of blocks) {
        const lines = block.split('\n');
        const name = lines.find(line => line.startsWith('event:'))?.slice(6).trim();
        if (name === 'complete') return;
        const data = lines.filter(line => line.startsWith('data:')).map(line => line.slice(5)).join('\n');
        if (name === 'next' && data.trim()) yield JSON.parse(data);
      }
    }
  } finally {
    stop.abort();
  }
}

async function upload(parameters, headers, files) {
  const response = await noting(endpoint, {
    method: 'POST',
    headers: { ...headers, 'apollo-require-preflight': 'true', accept: 'application/json' },
    body: formOf(parameters, files),
  });
  return response.json();
}

const plain = createGraphiQLFetcher({ url: endpoint, subscriptionUrl: subscriptionEndpoint, fetch: noting });

async function answered(parameters, options, headers) {
  const files = filesFor(parameters.variables);
  if (files.length > 0) return upload(parameters, headers, files);
  if (operationKind(parameters) === 'subscription' && option('transport') === 'sse') {
    return eventsOf(parameters, headers);
  }
  return plain(parameters, { ...options, headers });
}

/** The fetcher of the editor: `(parameters, options) → result | async iterable of results`. */
export async function fetcher(parameters, options = {}) {
  const own = { ...callerHeaders(), ...options.headers };
  if (parameters.operationName === 'IntrospectionQuery') {
    // Who owns a field stands in its description, so that the documentation explorer shows and searches it.
    const [answer, told] = await Promise.all([plain(parameters, { ...options, headers: own }), context()]);
    return withOwners(answer, told.owners);
  }
  record(null);
  // A socket's `connection_init` carries the caller's headers only.
  const isLive = operationKind(parameters) === 'subscription' && option('transport') !== 'sse';
  const answer = await answered(parameters, options, isLive ? own : { ...ASKING, ...own });
  return answer?.[Symbol.asyncIterator] ? tapEach(answer) : tap(answer);
}
