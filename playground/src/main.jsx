import 'graphiql/setup-workers/vite';

import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import 'graphiql/style.css';
import './playground.css';

import { withPlan } from './plan.js';
import { PLAN_PLUGIN } from './PlanPanel.jsx';
import { defaultQuery, endpoint, subscriptionEndpoint } from './settings.js';

// The headers editor's content also goes into connection_init, so one token serves both.  The plan is asked for
// each time; a router that does not show plans pays no heed.
const fetcher = withPlan(
  createGraphiQLFetcher({
    url: endpoint,
    subscriptionUrl: subscriptionEndpoint,
    headers: { 'olympus-include-query-plan': 'true' },
  }),
);

const PLUGINS = [HISTORY_PLUGIN, PLAN_PLUGIN];

// Headers hold tokens: they stay out of the browser's storage.
createRoot(document.getElementById('playground')).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={PLUGINS}
    defaultQuery={defaultQuery}
    defaultEditorToolsVisibility
    isHeadersEditorEnabled
    shouldPersistHeaders={false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      <a className="olympus-logo" href={endpoint} rel="noreferrer">
        Olympus
      </a>
    </GraphiQL.Logo>
  </GraphiQL>,
);
