/**
 * Leads people who have to sign in to the form for it, and back to what they had open. Everybody else finds the page as it
 * is: nothing waits for this, and while the server is away, the page itself says so.
 */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { isSignedIn, readOptions, type SignInOptions } from './sign-in-server.js';
import { onSignedOut } from './signed-out.js';

const Options = createContext<SignInOptions | null>(null);

/** How people sign in to this server; `null` until known. */
export function useSignInOptions(): SignInOptions | null {
  return useContext(Options);
}

/** Addresses for people who are not signed in. */
const open = /^\/(sign-in|sign-up|invite\/[^/]*|reset\/[^/]*)\/?$/;

interface Found {
  options: SignInOptions;
  signedIn: boolean;
}

async function find(): Promise<Found> {
  const options = await readOptions();
  return { options, signedIn: options.auth === 'local' || (await isSignedIn()) };
}

export function Gate({ children }: { children: ReactNode }) {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const [found, setFound] = useState<Found | null>(null);
  const looking = useRef(false);
  const look = useCallback(() => {
    if (looking.current) return;
    looking.current = true;
    find()
      .then(setFound, () => undefined)
      .finally(() => {
        looking.current = false;
      });
  }, []);
  useEffect(look, [look]);
  useEffect(() => onSignedOut(look), [look]);
  const isOut = found !== null && !found.signedIn && !open.test(pathname);
  useEffect(() => {
    if (!isOut) return;
    const then = pathname === '/' ? '' : `?then=${encodeURIComponent(pathname + search)}`;
    void navigate(`/sign-in${then}`, { replace: true });
  }, [isOut, pathname, search, navigate]);
  return <Options value={found?.options ?? null}>{isOut ? null : children}</Options>;
}
