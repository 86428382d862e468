import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createHoldfastClient } from '#libs/client';
import { WatchedWebSocket, watchedFetch } from './account/signed-out.js';
import { App } from './app.js';
import './app.css';
import { createApolloClient } from './network/apollo-client.js';

const root = document.getElementById('root');
if (!root) throw new Error('The document has no element with the id "root".');

const client = createHoldfastClient({
  url: window.location.origin,
  fetch: watchedFetch,
  webSocket: WatchedWebSocket,
});

createRoot(root).render(
  <StrictMode>
    <App client={client} apollo={createApolloClient(client)} />
  </StrictMode>,
);
