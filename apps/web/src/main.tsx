/** Starts the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import './app.css';
import { createNetwork } from './network/apollo-client.js';

const root = document.getElementById('root');
if (!root) throw new Error('The document has no element with the id "root".');

createRoot(root).render(
  <StrictMode>
    <App network={createNetwork(window.location)} />
  </StrictMode>,
);
