/** What the page asks the server before and around signing in. These requests are no GraphQL. */
import type { LinkKind } from '#libs/contracts';
import { fieldsOf, listOf, textIn } from '../fields.js';

export interface SignInOptions {
  auth: 'local' | 'required';
  signUp: boolean;
}

export interface OpenLink {
  kind: LinkKind;
  email: string | null;
}

/** A refusal, as a sentence for the person who is asked to act on it. */
export class SignInRefusal extends Error {
  override readonly name = 'SignInRefusal';
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** How long an answer may take before the server counts as away. */
const ANSWER_MS = 20_000;

const AWAY = 'The server could not be reached. Check that it is running, then try again.';

async function ask(path: string, body?: unknown): Promise<unknown> {
  const init: RequestInit =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
    answer = await response.json();
  } catch (error) {
    throw new SignInRefusal(0, AWAY, error);
  }
  if (response.ok) return answer;
  throw new SignInRefusal(response.status, sentenceFor(response, answer));
}

function sentenceFor(response: Response, answer: unknown): string {
  if (response.status === 429) {
    const seconds = Number(response.headers.get('x-retry-after') ?? response.headers.get('retry-after') ?? 60);
    return `Too many tries from here. Wait ${seconds === 1 ? 'a second' : `${seconds} seconds`}, then try again.`;
  }
  if (response.status >= 500) return 'The server could not answer. Try again in a few seconds.';
  const fields = fieldsOf(answer);
  const [first] = listOf(fields.errors);
  return textIn(fieldsOf(first), 'message') ?? textIn(fields, 'message') ?? 'That did not work. Try again.';
}

export async function readOptions(): Promise<SignInOptions> {
  const { auth, signUp } = fieldsOf(await ask('/account/options'));
  return { auth: auth === 'required' ? 'required' : 'local', signUp: signUp === true };
}

/** Whether this browser is signed in. Puts off the end of the session. */
export async function isSignedIn(): Promise<boolean> {
  return (await ask('/auth/get-session')) !== null;
}

export async function signIn(email: string, password: string): Promise<void> {
  try {
    await ask('/auth/sign-in/email', { email, password });
  } catch (error) {
    if (!(error instanceof SignInRefusal) || error.status !== 401) throw error;
    throw new SignInRefusal(401, 'The address or the password is wrong.');
  }
}

export async function signUp(email: string, name: string, password: string): Promise<void> {
  await ask('/auth/sign-up/email', { email, name, password });
}

export async function signOut(): Promise<void> {
  await ask('/auth/sign-out', {});
}

export async function lookAt(token: string): Promise<OpenLink> {
  const fields = fieldsOf(await ask('/account/links/look', { token }));
  const kind = fields.kind === 'ADMINISTRATOR' || fields.kind === 'RESET' ? fields.kind : 'INVITATION';
  return { kind, email: textIn(fields, 'email') };
}

/** Uses a link, and signs in with what it gave. */
export async function accept(person: { token: string; email: string; name: string; password: string }): Promise<void> {
  const { token, email, name, password } = person;
  const given = { token, password, ...(email && { email }), ...(name && { name }) };
  const done = fieldsOf(await used(() => ask('/account/links/accept', given)));
  await signIn(textIn(done, 'email') ?? email, password);
}

async function used(use: () => Promise<unknown>): Promise<unknown> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof SignInRefusal) || error.status !== 404) throw error;
    throw new SignInRefusal(404, 'This link has been used or has expired. Ask for a new one.', error);
  }
}
