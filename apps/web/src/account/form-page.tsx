/** A page with one form in its middle, and the fields of such forms. */
import { type ComponentProps, type ReactNode, useId } from 'react';
import { Brand } from '../design/brand.js';

export function FormPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-h-full flex-col">
      <title>{`${title} · Holdfast`}</title>
      <header className="mx-auto flex h-16 w-full max-w-5xl items-center px-5">
        <Brand />
      </header>
      <main className="grid flex-1 place-items-center px-5 pb-32">
        <div className="w-full max-w-sm">
          <h1 className="mb-6 text-balance font-semibold text-2xl tracking-tight">{title}</h1>
          {children}
        </div>
      </main>
    </div>
  );
}

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'onChange' | 'value'> {
  label: string;
  hint?: string;
  value: string;
  onText: (text: string) => void;
}

export function TextField({ label, hint, value, onText, ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <div className="mb-4">
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      <input
        {...rest}
        id={id}
        value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onText(event.target.value)}
        className="block h-11 w-full rounded-lg border border-edge bg-surface px-3 text-base text-ink outline-none focus-visible:border-accent focus-visible:shadow-lifted read-only:bg-sunken"
      />
      {hint ? (
        <p id={`${id}-hint`} className="mt-1.5 text-ink-soft text-xs">
          {hint}
        </p>
      ) : null}
    </div>
  );
}
