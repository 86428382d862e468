/** The viewer's account: who they are, signing out, and their sessions; for administrators also links for others. */
import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Link } from 'react-router';
import { AccountDocument } from '../__generated__/graphql.js';
import { useSignInOptions } from '../account/gate.js';
import { LinkMaker } from '../account/link-maker.js';
import { SessionList } from '../account/session-list.js';
import { SignInRefusal, signOut } from '../account/sign-in-server.js';
import { Brand } from '../design/brand.js';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';
import { forgetDrafts } from '../drafts/drafts.js';
import { problemSentence } from '../network/use-action.js';
import { NotFoundPage } from './not-found-page.js';

/** Loaded afresh, so that nothing of this person is left in memory; what they were writing goes, too. */
function leave() {
  forgetDrafts();
  window.location.assign('/sign-in');
}

export function AccountPage() {
  return useSignInOptions()?.auth === 'local' ? <NotFoundPage /> : <Account />;
}

function Account() {
  const { data, error } = useQuery(AccountDocument, { fetchPolicy: 'cache-and-network' });
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const account = data?.account;

  async function end() {
    setPending(true);
    setProblem(null);
    try {
      await signOut();
      leave();
    } catch (failure) {
      setPending(false);
      setProblem(failure instanceof SignInRefusal ? failure.message : 'That did not work. Try again.');
    }
  }

  return (
    <div className="min-h-full">
      <title>Account · Holdfast</title>
      <header className="mx-auto flex h-16 max-w-5xl items-center px-5">
        <Link to="/" aria-label="Holdfast, start page" className="rounded-lg">
          <Brand />
        </Link>
      </header>
      <main className="mx-auto max-w-xl px-5 pt-8 pb-24">
        <h1 className="mb-1 font-semibold text-2xl tracking-tight">{account?.user.name ?? 'Account'}</h1>
        <p className="mb-5 text-ink-soft text-sm">
          {account?.email}
          {account?.role === 'ADMINISTRATOR' ? ' · Administrator' : ''}
        </p>
        <Problem text={problem ?? (error ? problemSentence(error) : null)} className="mb-4" />
        <Button className="pointer-coarse:h-11" pending={pending} onClick={() => void end()}>
          Sign out
        </Button>
        <SessionList onSignedOut={leave} />
        {account?.role === 'ADMINISTRATOR' ? <LinkMaker /> : null}
      </main>
    </div>
  );
}
