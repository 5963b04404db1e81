import { tone } from './tones.js';

function bytes(count) {
  return count < 1000 ? `${count} B` : `${(count / 1000).toFixed(1)} kB`;
}

function ms(value) {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function facts(fetch) {
  return [
    fetch.representations ? `${fetch.representations} ${fetch.representations === 1 ? 'entity' : 'entities'}` : null,
    `${bytes(fetch.requestBytes)} out, ${bytes(fetch.responseBytes)} in`,
    fetch.status === null ? null : `HTTP ${fetch.status}`,
    fetch.shared ? 'shared with others' : null,
    fetch.error,
  ]
    .filter(Boolean)
    .map(one => one.replaceAll(' ', '\u00a0'));
}

/** Each fetch from when it began to when its answer was in, on one scale. */
export function Waterfall({ timing }) {
  const total = Math.max(timing.durationMs, 0.001);
  if (timing.fetches.length === 0) return <p>No subgraph was asked.</p>;
  return (
    <>
      <div className="olympus-row olympus-note olympus-scale" aria-hidden="true">
        <span>0</span>
        <span>{ms(total / 2)}</span>
        <span>{ms(total)}</span>
      </div>
      <ol className="olympus-waterfall">
      {timing.fetches.map((fetch, index) => (
        <li key={index} className={`${tone(fetch.subgraph)}${fetch.error ? ' olympus-failed' : ''}`}>
          <div className="olympus-row">
            <strong>{fetch.subgraph}</strong>
            <span>{ms(fetch.durationMs)}</span>
          </div>
          <div className="olympus-track" aria-hidden="true">
            <div
              style={{
                marginLeft: `${(fetch.startMs / total) * 100}%`,
                width: `${Math.max((fetch.durationMs / total) * 100, 0.8)}%`,
              }}
            />
          </div>
          <div className="olympus-note">
            from {ms(fetch.startMs)} · {facts(fetch).join(' · ')}
          </div>
        </li>
      ))}
      </ol>
    </>
  );
}

export function Summary({ timing, tookMs }) {
  const busy = timing.fetches.reduce((latest, fetch) => Math.max(latest, fetch.startMs + fetch.durationMs), 0);
  return (
    <p className="olympus-summary">
      <strong>{timing.fetches.length}</strong> requests to subgraphs · answered in <strong>{ms(timing.durationMs)}</strong>
      {', '}
      {ms(Math.max(timing.durationMs - busy, 0))} of it after the last fetch
      {tookMs ? ` · ${ms(tookMs)} seen by this page` : ''}
    </p>
  );
}
