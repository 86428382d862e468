/** Signing in with an address and a password. */
import { useState } from 'react';
import { Link } from 'react-router';
import { FormPage, TextField } from '../account/form-page.js';
import { useSignInOptions } from '../account/gate.js';
import { signIn } from '../account/sign-in-server.js';
import { useSignInForm } from '../account/use-sign-in-form.js';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';

export function SignInPage() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const options = useSignInOptions();
  const { pending, problem, onSubmit } = useSignInForm(() => signIn(email.trim(), password));
  return (
    <FormPage title="Sign in">
      <form onSubmit={onSubmit}>
        <TextField label="E-mail" type="email" autoComplete="username" required value={email} onText={setEmail} />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onText={setPassword}
        />
        <Problem text={problem} className="mb-4" />
        <Button type="submit" weight="primary" className="h-11! w-full" pending={pending}>
          Sign in
        </Button>
      </form>
      <p className="mt-6 text-ink-soft text-sm leading-relaxed">
        {options?.signUp ? (
          <Link to="/sign-up" className="underline">
            Create an account
          </Link>
        ) : (
          'No account, or no password? Ask an administrator of this server for a link.'
        )}
      </p>
    </FormPage>
  );
}
