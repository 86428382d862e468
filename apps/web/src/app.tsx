/** Addresses and what everything below them may use. */
import { ApolloProvider } from '@apollo/client/react';
import { lazy, Suspense } from 'react';
import { BrowserRouter, Route, Routes, useParams } from 'react-router';
import type { Network } from './network/apollo-client.js';
import { NotFoundPage } from './pages/not-found-page.js';
import { StartPage } from './pages/start-page.js';

// Canvas and Markdown are the heavy half of the page; the start page does without them.
const BuilderPage = lazy(async () => ({ default: (await import('./pages/builder-page.js')).BuilderPage }));

function Builder({ network }: { network: Network }) {
  const { workflowId = '' } = useParams();
  return (
    <Suspense fallback={<div aria-busy="true" className="h-full bg-page" />}>
      <BuilderPage key={workflowId} workflowId={workflowId} network={network} />
    </Suspense>
  );
}

export function App({ network }: { network: Network }) {
  return (
    <ApolloProvider client={network.client}>
      <BrowserRouter>
        <Routes>
          <Route path="/" element={<StartPage />} />
          <Route path="/w/:workflowId" element={<Builder network={network} />} />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </BrowserRouter>
    </ApolloProvider>
  );
}
