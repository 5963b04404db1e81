import { useGraphiQLActions } from '@graphiql/react';
import { useEffect, useState, useSyncExternalStore } from 'react';

import { latestAnswer, subscribe as subscribeAnswers } from './answers.js';
import { context, demoToken } from './context.js';
import { addFiles, chosenFiles, forgetFiles } from './files.js';
import { choose, option, subscribe } from './options.js';

/** The claims of a token, for its owner to read; they are not verified here. */
function claims(token) {
  try {
    const part = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return JSON.stringify(JSON.parse(atob(part)), null, 2);
  } catch {
    return undefined;
  }
}

/** Buttons for tokens that the router gives away: a demo's. */
function Demo({ onToken }) {
  const [identities, setIdentities] = useState([]);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let isShown = true;
    context().then(told => isShown && setIdentities(told.identities ?? []));
    return () => {
      isShown = false;
    };
  }, []);
  if (identities.length === 0) return null;
  const get = identity =>
    demoToken(identity)
      .then(token => {
        setProblem('');
        onToken(token);
      })
      .catch(error => setProblem(error.message));
  return (
    <div role="group" aria-label="Demo tokens">
      <p>Or be someone of the demo:</p>
      <div className="olympus-views">
        {identities.map(one => (
          <button key={one} type="button" className="olympus-identity" onClick={() => get(one)}>
            {one}
          </button>
        ))}
      </div>
      {problem ? <p role="alert">{problem}</p> : null}
    </div>
  );
}

function SignIn() {
  const token = useSyncExternalStore(subscribe, () => option('token'));
  const { introspect } = useGraphiQLActions();
  const [typed, setTyped] = useState(token);
  const use = value => {
    setTyped(value);
    choose('token', value.trim().replace(/^bearer\s+/i, ''));
    introspect(); // another caller may see another schema
  };
  return (
    <>
      <h3>Sign-in</h3>
      <p>
        {token ? 'Requests carry your token.' : 'Requests carry no token.'} One is kept until the page closes.
      </p>
      <label>
        Token
        <textarea rows="4" spellCheck="false" value={typed} onChange={event => setTyped(event.target.value)} />
      </label>
      <div className="olympus-row">
        <button type="button" onClick={() => use(typed)}>
          Use token
        </button>
        <button type="button" onClick={() => use('')}>
          Sign out
        </button>
      </div>
      <Demo onToken={use} />
      {token && claims(token) ? <pre tabIndex="0">{claims(token)}</pre> : null}
    </>
  );
}

function Transport() {
  const transport = useSyncExternalStore(subscribe, () => option('transport'));
  return (
    <fieldset>
      <legend>Subscriptions by</legend>
      {[
        ['ws', 'WebSocket (graphql-transport-ws)'],
        ['sse', 'Server-sent events'],
      ].map(([value, text]) => (
        <label key={value}>
          <input
            type="radio"
            name="transport"
            value={value}
            checked={transport === value}
            onChange={() => choose('transport', value)}
          />{' '}
          {text}
        </label>
      ))}
    </fieldset>
  );
}

function Files() {
  const [names, setNames] = useState(chosenFiles());
  return (
    <>
      <h3>Files</h3>
      <p>
        A variable with the value <code>"@file:NAME"</code> stands for a file chosen here.
      </p>
      <input
        type="file"
        multiple
        aria-label="Files to upload"
        onChange={event => {
          addFiles(event.target.files);
          setNames(chosenFiles());
        }}
      />
      <ul>
        {names.map(name => (
          <li key={name}>
            <code>@file:{name}</code>
          </li>
        ))}
      </ul>
      {names.length ? (
        <button
          type="button"
          onClick={() => {
            forgetFiles();
            setNames([]);
          }}
        >
          Forget files
        </button>
      ) : null}
    </>
  );
}

/** In words, what `x-ratelimit-*` say of the limit that is nearest. */
function Left({ headers }) {
  const said = Object.fromEntries(headers);
  const remaining = said['x-ratelimit-remaining'];
  if (remaining === undefined) return null;
  const reset = said['x-ratelimit-reset'];
  return (
    <p>
      <strong>{remaining}</strong> of {said['x-ratelimit-limit'] ?? '?'} left
      {reset === undefined ? '' : `, full again in ${reset} s`}.
    </p>
  );
}

function Limits() {
  const { headers = [], status } = useSyncExternalStore(subscribeAnswers, latestAnswer);
  return (
    <>
      <h3>Rate limit</h3>
      <Left headers={headers} />
      {headers.length ? (
        <dl>
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p>{status ? 'The latest answer told of no limit.' : 'Run an operation to see what is left.'}</p>
      )}
    </>
  );
}

function SettingsPanel() {
  return (
    <section className="olympus-panel">
      <h2 className="graphiql-doc-explorer-title">Request settings</h2>
      <SignIn />
      <Transport />
      <Files />
      <Limits />
    </section>
  );
}

function KeyIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <circle cx="8" cy="8" r="4.5" />
      <path d="M11.5 11.5 20 20M16 16l3-3" />
    </svg>
  );
}

export const SETTINGS_PLUGIN = { title: 'Request settings', icon: KeyIcon, content: SettingsPanel };
