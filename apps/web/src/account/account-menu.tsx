/** Who is signed in, and the way to their account; where nobody signs in, that it is so. */
import { useQuery } from '@apollo/client/react';
import { CircleUser, Laptop } from 'lucide-react';
import { Link } from 'react-router';
import { AccountDocument } from '../__generated__/graphql.js';
import { useSignInOptions } from './gate.js';

const sentence = 'Only this machine reaches this server, and nobody has to sign in.';

export function AccountMenu() {
  const options = useSignInOptions();
  if (options === null) return null;
  return options.auth === 'local' ? (
    <p
      title={sentence}
      data-testid="local-note"
      className="inline-flex items-center gap-1.5 whitespace-nowrap rounded-full border border-line px-2.5 py-1 text-ink-soft text-xs"
    >
      <Laptop aria-hidden className="size-3.5 shrink-0" />
      <span aria-hidden="true">Local</span>
      <span className="sr-only">{sentence}</span>
    </p>
  ) : (
    <AccountLink />
  );
}

function AccountLink() {
  const { data } = useQuery(AccountDocument);
  const name = data?.account.user.name ?? '';
  return (
    <Link
      to="/account"
      aria-label={name === '' ? 'Account' : `Account of ${name}`}
      className="inline-flex h-9 pointer-coarse:h-11 pointer-coarse:min-w-11 items-center gap-1.5 rounded-lg px-2 text-ink-soft text-sm hover:bg-sunken hover:text-ink"
    >
      <CircleUser aria-hidden className="size-4 shrink-0" />
      <span className="max-w-40 truncate max-sm:sr-only">{name}</span>
    </Link>
  );
}
