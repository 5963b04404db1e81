import { useState, useSyncExternalStore } from 'react';
import { parse, print } from 'graphql';

import { latestAnswer, subscribe } from './answers.js';
import { tone } from './tones.js';
import { Summary, Waterfall } from './Waterfall.jsx';

/** Operations travel minified; a person reads them printed. Text that does not parse is shown as it is. */
function pretty(operation) {
  try {
    return print(parse(operation));
  } catch {
    return operation;
  }
}

/** `[{Field: 'orders'}, '@', {Field: 'product'}]` reads `orders.@.product`. */
function responsePath(path) {
  return (path ?? []).map(part => part?.Field ?? String(part)).join('.');
}

/** A representation's field set, as GraphQL text. */
function fieldSet(selections) {
  if (typeof selections === 'string') return selections;
  return (selections ?? [])
    .map(selection => {
      const inner = selection.selections?.length ? ` { ${fieldSet(selection.selections)} }` : '';
      return selection.kind === 'InlineFragment'
        ? `... on ${selection.typeCondition}${inner}`
        : `${selection.name}${inner}`;
    })
    .join(' ');
}

/** What the requests of one fetch took together. */
function Took({ node }) {
  const { extensions } = useSyncExternalStore(subscribe, latestAnswer);
  const own = extensions?.timing?.fetches.filter(one => one.id === node.id) ?? [];
  if (own.length === 0) return extensions?.timing ? <span className="olympus-note"> not needed</span> : null;
  const tookMs = Math.max(...own.map(one => one.startMs + one.durationMs)) - Math.min(...own.map(one => one.startMs));
  return (
    <span className="olympus-note">
      {' '}
      {tookMs.toFixed(1)} ms{own.some(one => one.error) ? ' failed' : ''}
    </span>
  );
}

function Fetch({ node }) {
  return (
    <details className={`olympus-fetch ${tone(node.serviceName ?? node.subgraphName)}`}>
      <summary>
        Fetch <strong>{node.serviceName ?? node.subgraphName}</strong>
        {node.requires?.length ? <span className="olympus-note"> entities</span> : null}
        {node.operationKind && node.operationKind !== 'query' ? (
          <span className="olympus-note"> {node.operationKind}</span>
        ) : null}
        <Took node={node} />
      </summary>
      {node.requires?.length ? <pre>{`needs ${fieldSet(node.requires)}`}</pre> : null}
      <pre>{pretty(node.operation ?? '')}</pre>
    </details>
  );
}

function Branch({ title, nodes, isParallel = false }) {
  return (
    <div className={`olympus-branch${isParallel ? ' olympus-parallel' : ''}`}>
      <div className="olympus-kind">{title}</div>
      <ul>
        {nodes.filter(Boolean).map((node, index) => (
          <li key={index}>
            <PlanNode node={node} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function PlanNode({ node }) {
  switch (node.kind) {
    case 'Fetch':
    case 'BatchFetch':
      return <Fetch node={node} />;
    case 'Flatten':
      return <Branch title={`at ${responsePath(node.path)}`} nodes={[node.node]} />;
    case 'Sequence':
      return <Branch title="one after another" nodes={node.nodes} />;
    case 'Parallel':
      return <Branch title="at the same time" nodes={node.nodes} isParallel />;
    case 'Condition':
      return (
        <>
          {node.ifClause ? <Branch title={`if $${node.condition}`} nodes={[node.ifClause]} /> : null}
          {node.elseClause ? <Branch title={`unless $${node.condition}`} nodes={[node.elseClause]} /> : null}
        </>
      );
    case 'Subscription':
      return (
        <>
          <Branch title="subscribe" nodes={[node.primary]} />
          {node.rest ? <Branch title="for each event" nodes={[node.rest]} /> : null}
        </>
      );
    default:
      return <pre>{JSON.stringify(node, null, 2)}</pre>;
  }
}

function Picture({ plan }) {
  if (typeof plan === 'string') return <pre>{plan}</pre>;
  const root = plan.kind === 'QueryPlan' ? plan.node : plan;
  return root ? <PlanNode node={root} /> : <p>Nothing to fetch: the router answers this by itself.</p>;
}

const VIEWS = ['Picture', 'Text', 'Waterfall', 'JSON'];

/** The plan as indented lines, for reading and for pasting into an issue. */
function lines(node, depth = 0) {
  if (!node) return [];
  const pad = '  '.repeat(depth);
  const below = (title, nodes) => [`${pad}${title}`, ...nodes.flatMap(one => lines(one, depth + 1))];
  switch (node.kind) {
    case 'QueryPlan':
      return lines(node.node, depth);
    case 'Sequence':
    case 'Parallel':
      return below(node.kind, node.nodes);
    case 'Flatten':
      return below(`Flatten ${responsePath(node.path)}`, [node.node]);
    case 'Condition':
      return [
        ...(node.ifClause ? below(`If $${node.condition}`, [node.ifClause]) : []),
        ...(node.elseClause ? below(`Unless $${node.condition}`, [node.elseClause]) : []),
      ];
    case 'Subscription':
      return [...below('Subscribe', [node.primary]), ...(node.rest ? below('For each event', [node.rest]) : [])];
    default: {
      const text = pretty(node.operation ?? '').trim().split('\n');
      return [`${pad}Fetch ${node.serviceName}`, ...text.map(line => `${pad}  ${line}`)];
    }
  }
}

function Told({ view, plan, timing, tookMs }) {
  if (view === 'Waterfall') {
    if (!timing) return <p>The router told no times: they need an operation that ran, and may be for some callers only.</p>;
    return (
      <>
        <Summary timing={timing} tookMs={tookMs} />
        <Waterfall timing={timing} />
      </>
    );
  }
  if (!plan) return <p>The router told no plan: this caller may not see it.</p>;
  if (view === 'Picture') return <Picture plan={plan} />;
  return <pre tabIndex="0">{view === 'JSON' ? JSON.stringify(plan, null, 2) : lines(plan).join('\n')}</pre>;
}

function PlanPanel() {
  const { extensions, tookMs } = useSyncExternalStore(subscribe, latestAnswer);
  const [view, setView] = useState('Picture');
  const { queryPlan: plan, timing } = extensions ?? {};
  return (
    <section className="olympus-panel olympus-plan" aria-live="polite">
      <h2 className="graphiql-doc-explorer-title">Query plan</h2>
      <div className="olympus-views" role="group" aria-label="How the plan is shown">
        {VIEWS.map(one => (
          <button key={one} type="button" aria-pressed={one === view} onClick={() => setView(one)}>
            {one}
          </button>
        ))}
      </div>
      {plan || timing ? (
        <Told view={view} plan={plan} timing={timing} tookMs={tookMs} />
      ) : (
        <p>Run an operation: when its answer carries a query plan, the plan is shown here.</p>
      )}
    </section>
  );
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <circle cx="12" cy="4" r="2.2" />
      <circle cx="5" cy="20" r="2.2" />
      <circle cx="19" cy="20" r="2.2" />
      <path d="M12 6.2V12M5 17.8V12h14v5.8" />
    </svg>
  );
}

export const PLAN_PLUGIN = { title: 'Query plan', icon: PlanIcon, content: PlanPanel };
