/** The routes, and the providers for everything below them. */
import type { ApolloClient } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { lazy, Suspense, useEffect } from 'react';
import { BrowserRouter, Route, Routes, useParams } from 'react-router';
import type { HoldfastClient } from '#libs/client';
import { HoldfastProvider } from '#libs/client/react';
import { Gate } from './account/gate.js';
import { Boundary } from './design/boundary.js';
import { AccountPage } from './pages/account-page.js';
import { LinkPage, SignUpPage } from './pages/link-page.js';
import { NotFoundPage } from './pages/not-found-page.js';
import { OpeningPage } from './pages/opening-page.js';
import { SignInPage } from './pages/sign-in-page.js';
import { StartPage } from './pages/start-page.js';

// The canvas and Markdown are the heavy half of the page: the start page shows itself first and loads them afterwards.
const loadBuilder = () => import('./pages/builder-page.js');
const BuilderPage = lazy(async () => ({ default: (await loadBuilder()).BuilderPage }));

function Start() {
  useEffect(() => {
    // A failure shows, with a way to go on, once the builder is opened.
    loadBuilder().catch(() => undefined);
  }, []);
  return <StartPage />;
}

function Builder() {
  const { workflowId = '' } = useParams();
  return (
    <Suspense fallback={<OpeningPage />}>
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
            <Gate>
              <Routes>
                <Route path="/" element={<Start />} />
                <Route path="/w/:workflowId" element={<Builder />} />
                <Route path="/sign-in" element={<SignInPage />} />
                <Route path="/sign-up" element={<SignUpPage />} />
                <Route path="/invite/:token" element={<LinkPage />} />
                <Route path="/reset/:token" element={<LinkPage />} />
                <Route path="/account" element={<AccountPage />} />
                <Route path="*" element={<NotFoundPage />} />
              </Routes>
            </Gate>
          </Boundary>
        </BrowserRouter>
      </ApolloProvider>
    </HoldfastProvider>
  );
}
