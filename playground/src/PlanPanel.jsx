import { useState, useSyncExternalStore } from 'react';
import { parse, print } from 'graphql';

import { currentPlan, subscribe } from './plan.js';

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

function Fetch({ node }) {
  return (
    <details className="olympus-fetch">
      <summary>
        Fetch <strong>{node.serviceName ?? node.subgraphName}</strong>
        {node.requires?.length ? <span className="olympus-note"> entities</span> : null}
        {node.operationKind && node.operationKind !== 'query' ? (
          <span className="olympus-note"> {node.operationKind}</span>
        ) : null}
      </summary>
      {node.requires?.length ? <pre>{`needs ${fieldSet(node.requires)}`}</pre> : null}
      <pre>{pretty(node.operation ?? '')}</pre>
    </details>
  );
}

function Branch({ title, nodes }) {
  return (
    <div className="olympus-branch">
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
      return <Fetch node={node} />;
    case 'Flatten':
      return <Branch title={`at ${responsePath(node.path)}`} nodes={[node.node]} />;
    case 'Sequence':
      return <Branch title="one after another" nodes={node.nodes} />;
    case 'Parallel':
      return <Branch title="at the same time" nodes={node.nodes} />;
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

function PlanPanel() {
  const plan = useSyncExternalStore(subscribe, currentPlan);
  const [asJson, setAsJson] = useState(false);
  return (
    <section className="olympus-plan" aria-live="polite">
      <div className="graphiql-doc-explorer-title">Query plan</div>
      {plan ? (
        <>
          <label className="olympus-toggle">
            <input type="checkbox" checked={asJson} onChange={event => setAsJson(event.target.checked)} /> JSON
          </label>
          {asJson ? <pre>{JSON.stringify(plan, null, 2)}</pre> : <Picture plan={plan} />}
        </>
      ) : (
        <p>Run an operation: when its answer carries a query plan, the plan is shown here.</p>
      )}
    </section>
  );
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" role="img" aria-label="query plan">
      <circle cx="12" cy="4" r="2.2" />
      <circle cx="5" cy="20" r="2.2" />
      <circle cx="19" cy="20" r="2.2" />
      <path d="M12 6.2V12M5 17.8V12h14v5.8" />
    </svg>
  );
}

export const PLAN_PLUGIN = { title: 'Query plan', icon: PlanIcon, content: PlanPanel };
