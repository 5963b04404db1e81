import 'graphiql/setup-workers/vite';

import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { ToolbarButton, useGraphiQL } from '@graphiql/react';
import { GraphiQL } from 'graphiql';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

import 'graphiql/style.css';
import './playground.css';

import { keepAccessible } from './accessible.js';
import { COLLECTION_PLUGIN } from './Collection.jsx';
import { COST_PLUGIN } from './CostPanel.jsx';
import { PLAN_PLUGIN } from './PlanPanel.jsx';
import { fetcher } from './requests.js';
import { SETTINGS_PLUGIN } from './Settings.jsx';
import { about, defaultQuery } from './settings.js';
import { linkTo, shared } from './share.js';

const PLUGINS = [HISTORY_PLUGIN, COLLECTION_PLUGIN, PLAN_PLUGIN, COST_PLUGIN, SETTINGS_PLUGIN];

function ShareButton() {
  const queryEditor = useGraphiQL(state => state.queryEditor);
  const variableEditor = useGraphiQL(state => state.variableEditor);
  const [isCopied, setIsCopied] = useState(false);
  const share = async () => {
    const link = linkTo(queryEditor?.getValue() ?? '', variableEditor?.getValue() ?? '');
    window.history.replaceState(null, '', link);
    try {
      await navigator.clipboard.writeText(link);
      setIsCopied(true);
      setTimeout(() => setIsCopied(false), 2000);
    } catch {
      // no clipboard here: the link is in the address bar
    }
  };
  return (
    <ToolbarButton label={isCopied ? 'Link copied' : 'Share: link to this operation'} onClick={share}>
      <svg className="graphiql-toolbar-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6">
        <circle cx="6" cy="12" r="2.5" />
        <circle cx="18" cy="5" r="2.5" />
        <circle cx="18" cy="19" r="2.5" />
        <path d="m8.2 10.8 7.6-4.5M8.2 13.2l7.6 4.5" />
      </svg>
    </ToolbarButton>
  );
}

keepAccessible();

// A link's operation goes before what the browser kept.
const link = shared();

// Headers hold tokens: they stay out of the browser's storage.
createRoot(document.getElementById('playground')).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={PLUGINS}
    referencePlugin={DOC_EXPLORER_PLUGIN}
    defaultQuery={defaultQuery}
    initialQuery={link?.query}
    initialVariables={link?.variables}
    defaultEditorToolsVisibility
    isHeadersEditorEnabled
    shouldPersistHeaders={false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      {about ? (
        <a className="olympus-logo" href={about} title="What this router serves, and how to connect">
          Olympus
        </a>
      ) : (
        <span className="olympus-logo">Olympus</span>
      )}
    </GraphiQL.Logo>
    <GraphiQL.Toolbar>
      {({ prettify, copy, merge }) => (
        <>
          {prettify}
          {merge}
          {copy}
          <ShareButton />
        </>
      )}
    </GraphiQL.Toolbar>
  </GraphiQL>,
);
