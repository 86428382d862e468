/** The routes, and the providers for everything below them. */
import type { ApolloClient } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { lazy, Suspense } from 'react';
import { BrowserRouter, Route, Routes, useParams } from 'react-router';
import type { HoldfastClient } from '#libs/client';
import { HoldfastProvider } from '#libs/client/react';
import { Boundary } from './design/boundary.js';
import { NotFoundPage } from './pages/not-found-page.js';
import { StartPage } from './pages/start-page.js';

// The canvas and Markdown are the heavy half of the page; the start page does not load them.
const BuilderPage = lazy(async () => ({ default: (await import('./pages/builder-page.js')).BuilderPage }));

function Builder() {
  const { workflowId = '' } = useParams();
  return (
    <Suspense fallback={<div aria-busy="true" className="h-full bg-page" />}>
      <BuilderPage key={workflowId} workflowId={workflowId} />
    </Suspense>
  );
}

export function App({ client, apollo }: { client: HoldfastClient; apollo: ApolloClient }) {
  return (
    <HoldfastProvider value={client}>
      <ApolloProvider client={apollo}>
        <BrowserRouter>
          <Boundary what="This page" fills>
            <Routes>
              <Route path="/" element={<StartPage />} />
              <Route path="/w/:workflowId" element={<Builder />} />
              <Route path="*" element={<NotFoundPage />} />
            </Routes>
          </Boundary>
        </BrowserRouter>
      </ApolloProvider>
    </HoldfastProvider>
  );
}
