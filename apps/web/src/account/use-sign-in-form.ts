/** A form that signs somebody in: pending, the problem, and where it goes afterwards. */
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'react-router';
import { SignInRefusal } from './sign-in-server.js';

interface SignInForm {
  pending: boolean;
  problem: string | null;
  onSubmit: (event: FormEvent) => void;
}

export function useSignInForm(send: () => Promise<void>): SignInForm {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [parameters] = useSearchParams();

  async function submit() {
    setPending(true);
    setProblem(null);
    try {
      await send();
      // Loaded afresh, so that nothing that an earlier person has read is left in memory.
      window.location.assign(placeWithin(parameters.get('then')));
    } catch (error) {
      setPending(false);
      setProblem(error instanceof SignInRefusal ? error.message : 'Something went wrong on this page. Try again.');
    }
  }

  return {
    pending,
    problem,
    onSubmit: (event) => {
      event.preventDefault();
      if (!pending) void submit();
    },
  };
}

/** Only places of this page: an address made by somebody else must not lead away after signing in. */
export function placeWithin(then: string | null, origin: string = window.location.origin): string {
  if (then === null || !URL.canParse(then, origin)) return '/';
  const url = new URL(then, origin);
  return url.origin === origin ? `${url.pathname}${url.search}` : '/';
}
