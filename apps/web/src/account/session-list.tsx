/** Where the viewer is signed in, with a way to end each session or all of them. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { EndSessionsDocument, SessionsDocument } from '../__generated__/graphql.js';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';
import { RelativeTime } from '../design/relative-time.js';
import { problemSentence, useAction } from '../network/use-action.js';
import { programName } from './program-name.js';

export function SessionList({ onSignedOut }: { onSignedOut: () => void }) {
  const { data, error, refetch } = useQuery(SessionsDocument, { fetchPolicy: 'network-only' });
  const { act, pending, problem, setProblem } = useAction();
  const apollo = useApolloClient();
  const sessions = data?.account.sessions ?? [];

  async function end(sessionId: string | null) {
    await act(async () => {
      const { data: ended } = await apollo.mutate({
        mutation: EndSessionsDocument,
        variables: { input: { sessionId } },
      });
      if (sessionId === null) onSignedOut();
      else {
        setProblem(ended?.endSessions.userErrors[0]?.message ?? null);
        await refetch();
      }
    });
  }

  return (
    <section aria-labelledby="sessions" className="mt-12">
      <h2 id="sessions" className="mb-3 font-semibold tracking-tight">
        Where you are signed in
      </h2>
      <Problem text={problem ?? (error ? problemSentence(error) : null)} className="mb-3" />
      <ul className="divide-y divide-line rounded-xl border border-line bg-surface">
        {sessions.map(({ id, current, createdAt, address, userAgent }) => (
          <li key={id} data-testid="session" className="flex items-center gap-3 px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="truncate text-sm">
                {programName(userAgent)}
                {current ? <strong className="ml-2 font-medium text-good">This one</strong> : null}
              </p>
              <p className="truncate text-ink-soft text-xs">
                Since <RelativeTime at={createdAt} />
                {address ? `, from ${address}` : ''}
              </p>
            </div>
            {current ? null : (
              <Button
                className="pointer-coarse:h-11"
                aria-label={`Sign out of ${programName(userAgent)}`}
                disabled={pending}
                onClick={() => void end(id)}
              >
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Button className="mt-4 pointer-coarse:h-11" pending={pending} onClick={() => void end(null)}>
        Sign out everywhere
      </Button>
    </section>
  );
}
