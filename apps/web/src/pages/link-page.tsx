/** What a link that works once opens: an account, or a new password. Also signing up, where that is open to everyone. */
import { useEffect, useState } from 'react';
import { Link, useParams } from 'react-router';
import { limits } from '#libs/contracts';
import { FormPage, TextField } from '../account/form-page.js';
import { accept, lookAt, type OpenLink, SignInRefusal, signUp } from '../account/sign-in-server.js';
import { useSignInForm } from '../account/use-sign-in-form.js';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';

type Looked = OpenLink | { problem: string; gone: boolean } | null;

export function LinkPage() {
  const { token = '' } = useParams();
  const [looked, setLooked] = useState<Looked>(null);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each try looks again.
  useEffect(() => {
    let left = false;
    lookAt(token).then(
      (link) => !left && setLooked(link),
      (error: unknown) => {
        const gone = error instanceof SignInRefusal && error.status === 404;
        const problem = error instanceof SignInRefusal ? error.message : 'Something went wrong on this page.';
        if (!left) setLooked({ problem, gone });
      },
    );
    return () => {
      left = true;
    };
  }, [token, tries]);

  if (looked === null) {
    return (
      <FormPage title="Opening the link">
        <p role="status" className="text-ink-soft">
          One moment…
        </p>
      </FormPage>
    );
  }
  if (!('problem' in looked)) return <AccountForm token={token} link={looked} />;
  return (
    <FormPage title={looked.gone ? 'This link no longer works' : 'The link cannot be opened'}>
      <p role="alert" className="mb-5 text-ink-soft leading-relaxed">
        {looked.gone ? 'It has been used, or it has expired. Ask for a new one.' : looked.problem}
      </p>
      {looked.gone ? (
        <Link to="/sign-in" className="underline">
          Sign in
        </Link>
      ) : (
        <Button weight="primary" className="h-11! w-full" onClick={() => setTries(tries + 1)}>
          Try again
        </Button>
      )}
    </FormPage>
  );
}

const words = {
  ADMINISTRATOR: { title: 'Become an administrator', action: 'Create account' },
  INVITATION: { title: 'Create your account', action: 'Create account' },
  RESET: { title: 'Choose a new password', action: 'Save and sign in' },
} as const;

export function SignUpPage() {
  return <AccountForm token={null} link={{ kind: 'INVITATION', email: null }} />;
}

function AccountForm({ token, link }: { token: string | null; link: OpenLink }) {
  const [email, setEmail] = useState(link.email ?? '');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { title, action } = words[link.kind];
  const { pending, problem, onSubmit } = useSignInForm(() => {
    const person = { email: email.trim(), name: name.trim(), password };
    return token === null ? signUp(person.email, person.name, password) : accept({ token, ...person });
  });
  return (
    <FormPage title={title}>
      <form onSubmit={onSubmit}>
        {link.kind === 'RESET' ? null : (
          <TextField
            label="Name"
            autoComplete="name"
            required
            maxLength={limits.userNameChars}
            hint="Shown to others."
            value={name}
            onText={setName}
          />
        )}
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          readOnly={link.email !== null}
          maxLength={limits.emailChars}
          value={email}
          onText={setEmail}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="new-password"
          required
          minLength={limits.passwordCharsMin}
          maxLength={limits.passwordCharsMax}
          hint={`At least ${limits.passwordCharsMin} characters.`}
          value={password}
          onText={setPassword}
        />
        <Problem text={problem} className="mb-4" />
        <Button type="submit" weight="primary" className="h-11! w-full" pending={pending}>
          {action}
        </Button>
      </form>
    </FormPage>
  );
}
