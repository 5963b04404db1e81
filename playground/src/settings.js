/** What the server told the page, read once from its meta tags. */

function meta(name) {
  return document.querySelector(`meta[name="olympus:${name}"]`)?.content ?? '';
}

/** The GraphQL endpoint as an absolute http(s) URL. */
export const endpoint = new URL(meta('endpoint') || '/graphql', window.location.href).href;

/** The same endpoint for graphql-transport-ws: http becomes ws, https becomes wss. */
export const subscriptionEndpoint = endpoint.replace(/^http/, 'ws');

/** The landing page's address; empty where there is none. */
export const about = meta('about');

/** Text of the first tab for someone who was never here; empty when the server gave none. */
export const defaultQuery = meta('default-query');
