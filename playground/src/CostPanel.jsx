import { useSyncExternalStore } from 'react';

import { latestAnswer, subscribe } from './answers.js';

/** Codes of limits that look at the operation alone, cost among them: docs/http.md and docs/access.md. */
const REFUSED = /(^|_)COST_|_LIMIT$/;

const VERDICTS = {
  COST_OK: 'within its limits',
  COST_ESTIMATED_TOO_EXPENSIVE: 'estimated above the limit',
  SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE: 'estimated above the subgraph’s limit',
  COST_ACTUAL_TOO_EXPENSIVE: 'cost more than the limit',
  COST_QUERY_PARSE_FAILURE: 'cannot be told: a list needs exactly one of its slicing arguments',
};

function number(value) {
  return value === null || value === undefined ? '–' : value.toLocaleString('en', { maximumFractionDigits: 2 });
}

function verdict(cost) {
  return VERDICTS[cost.result] ?? cost.result;
}

function isAbove(cost) {
  return cost.result !== 'COST_OK';
}

/** One value on the scale of the limit, or of the larger of the two where there is none. */
function Bar({ name, value, scale, isOver }) {
  const share = value === null || !scale ? 0 : Math.min(value / scale, 1);
  return (
    <div className={isOver ? 'olympus-failed' : undefined}>
      <div className="olympus-row">
        <span>{name}</span>
        <strong>{number(value)}</strong>
      </div>
      <div className="olympus-track" aria-hidden="true">
        <div style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}

function Operation({ cost }) {
  const scale = cost.max ?? Math.max(cost.estimated ?? 0, cost.actual ?? 0);
  const isOver = value => cost.max !== null && value !== null && value > cost.max;
  return (
    <div className="olympus-cost">
      <Bar name="Estimated" value={cost.estimated} scale={scale} isOver={isOver(cost.estimated)} />
      <Bar name="Actual" value={cost.actual} scale={scale} isOver={isOver(cost.actual)} />
      <p>
        Limit of one operation: <strong>{cost.max === null ? 'none' : number(cost.max)}</strong>
      </p>
    </div>
  );
}

function Subgraphs({ subgraphs }) {
  const names = Object.keys(subgraphs ?? {});
  if (names.length === 0) return null;
  return (
    <>
      <h3>By subgraph</h3>
      <div className="olympus-scroll" tabIndex="0" role="region" aria-label="Cost by subgraph">
        <table>
          <thead>
            <tr>
              {['Subgraph', 'Estimated', 'Actual', 'Limit'].map(one => (
                <th key={one} scope="col">
                  {one}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map(name => (
              <tr key={name} className={isAbove(subgraphs[name]) ? 'olympus-above' : undefined}>
                <th scope="row">{name}</th>
                <td>{number(subgraphs[name].estimated)}</td>
                <td>{number(subgraphs[name].actual)}</td>
                <td>{subgraphs[name].max === null ? 'none' : number(subgraphs[name].max)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** What refused the operation, or would where limits are enforced. */
function Refusals({ cost, errors, isRun }) {
  const refused = (errors ?? []).filter(one => REFUSED.test(one.extensions?.code ?? ''));
  if (refused.length > 0) {
    return refused.map(one => (
      <p key={one.extensions.code} className="olympus-refusal">
        <strong>Refused: {one.extensions.code}</strong> {one.message}
      </p>
    ));
  }
  if (!cost) return null;
  const above = [
    ...(isAbove(cost) ? [['The operation', cost]] : []),
    ...Object.entries(cost.subgraphs ?? {}).filter(([, one]) => isAbove(one)),
  ];
  if (above.length === 0) return <p className="olympus-fine">No limit refuses this operation.</p>;
  return (
    <div className="olympus-refusal">
      <strong>{isRun ? 'Refused where limits are enforced; here they are measured only.' : 'Refused.'}</strong>
      <ul>
        {above.map(([name, one]) => (
          <li key={name}>
            {name}: {verdict(one)} ({one.result})
          </li>
        ))}
      </ul>
    </div>
  );
}

function CostPanel() {
  const { extensions, errors, status, hasData } = useSyncExternalStore(subscribe, latestAnswer);
  const cost = extensions?.cost;
  const isKnown = cost || errors?.some(one => REFUSED.test(one.extensions?.code ?? ''));
  return (
    <section className="olympus-panel" aria-live="polite">
      <h2 className="graphiql-doc-explorer-title">Cost</h2>
      {isKnown ? <Refusals cost={cost} errors={errors} isRun={hasData} /> : null}
      {cost ? (
        <>
          <Operation cost={cost} />
          <Subgraphs subgraphs={cost.subgraphs} />
        </>
      ) : null}
      {isKnown ? null : (
        <p>
          {status
            ? 'The router told no cost: this caller may not see it, or nothing is weighed (demand_control).'
            : 'Run an operation to see what it is estimated to cost, what it cost, and which limits would refuse it.'}
        </p>
      )}
    </section>
  );
}

function CostIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <path d="M4 18a9 9 0 1 1 16 0" />
      <path d="m12 15 4.5-5.5" />
      <circle cx="12" cy="15" r="1.4" />
    </svg>
  );
}

export const COST_PLUGIN = { title: 'Cost', icon: CostIcon, content: CostPanel };
