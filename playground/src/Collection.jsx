import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef, useState } from 'react';

import { context } from './context.js';

/** Put a document into a tab of its own once that tab is the active one. */
function useOpen() {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL(state => state.queryEditor);
  const active = useGraphiQL(state => state.activeTabIndex);
  const waiting = useRef(null);
  useEffect(() => {
    if (waiting.current === null || !queryEditor) return;
    const text = waiting.current;
    waiting.current = null;
    queryEditor.setValue(text);
  }, [active, queryEditor]);
  return text => {
    waiting.current = text;
    addTab();
  };
}

function CollectionPanel() {
  const [operations, setOperations] = useState([]);
  const [wanted, setWanted] = useState('');
  const open = useOpen();
  useEffect(() => {
    let isShown = true;
    context().then(told => isShown && setOperations(told.operations ?? []));
    return () => {
      isShown = false;
    };
  }, []);
  const shown = operations.filter(one => `${one.name} ${one.text}`.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <section className="olympus-panel olympus-collection">
      <h2 className="graphiql-doc-explorer-title">Operations</h2>
      {operations.length === 0 ? (
        <p>
          No documents: <code>playground.operations</code> names a folder whose <code>.graphql</code> files appear here.
        </p>
      ) : (
        <>
          <input
            type="search"
            aria-label="Search operations"
            placeholder="Search operations"
            value={wanted}
            onChange={event => setWanted(event.target.value)}
          />
          <ul>
            {shown.map(one => (
              <li key={one.name}>
                <button type="button" onClick={() => open(one.text)}>
                  {one.name}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function CollectionIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <path d="M3 6h6l2 3h10v11H3z" />
    </svg>
  );
}

export const COLLECTION_PLUGIN = { title: 'Operations', icon: CollectionIcon, content: CollectionPanel };
