/** For administrators: links for new people, and for people who have lost their password. Each is shown once. */
import { useApolloClient } from '@apollo/client/react';
import { type FormEvent, useId, useState } from 'react';
import { CreatePasswordLinkDocument, InviteUserDocument } from '../__generated__/graphql.js';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';
import { useCopy } from '../design/use-copy.js';
import { useAction } from '../network/use-action.js';
import { TextField } from './form-page.js';

type Kind = 'invitation' | 'password';

export function LinkMaker() {
  const [email, setEmail] = useState('');
  const [made, setMade] = useState<{ url: string; email: string } | null>(null);
  const [asked, setAsked] = useState<Kind>('invitation');
  const { act, pending, problem, setProblem } = useAction();
  const { copied, copy } = useCopy(made?.url ?? '');
  const apollo = useApolloClient();
  const id = useId();

  async function make(kind: Kind) {
    setAsked(kind);
    setMade(null);
    const variables = { input: { email: email.trim() } };
    await act(async () => {
      const answer =
        kind === 'invitation'
          ? (await apollo.mutate({ mutation: InviteUserDocument, variables })).data?.inviteUser
          : (await apollo.mutate({ mutation: CreatePasswordLinkDocument, variables })).data?.createPasswordLink;
      if (answer?.url) setMade({ url: new URL(answer.url, window.location.origin).href, email: email.trim() });
      else setProblem(answer?.userErrors[0]?.message ?? 'That did not work. Try again.');
    });
  }

  return (
    <section aria-labelledby="links" className="mt-12">
      <h2 id="links" className="mb-1 font-semibold tracking-tight">
        Invite somebody
      </h2>
      <p className="mb-4 text-ink-soft text-sm leading-relaxed">
        You get a link that works once. Pass it on in private: whoever has it can use it.
      </p>
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void make('invitation');
        }}
      >
        <TextField label="Their e-mail" type="email" autoComplete="off" required value={email} onText={setEmail} />
        <Problem text={problem} className="mb-4" />
        <div className="flex flex-wrap gap-2">
          <Button
            type="submit"
            weight="primary"
            className="pointer-coarse:h-11"
            pending={pending && asked === 'invitation'}
          >
            Make an invitation
          </Button>
          <Button
            className="pointer-coarse:h-11"
            pending={pending && asked === 'password'}
            disabled={email.trim() === ''}
            onClick={() => void make('password')}
          >
            Make a link for a new password
          </Button>
        </div>
      </form>
      {made ? (
        <div role="status" className="mt-4">
          <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
            Link for {made.email}. It is not shown again.
          </label>
          <div className="flex gap-2">
            <input
              id={id}
              readOnly
              data-testid="made-link"
              value={made.url}
              className="h-11 min-w-0 flex-1 rounded-lg border border-edge bg-sunken px-3 text-base"
            />
            <Button className="h-11!" onClick={() => void copy()}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          </div>
        </div>
      ) : null}
    </section>
  );
}
