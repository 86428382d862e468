/** Buttons in the page's three variants. */
import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';

const weights = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong disabled:hover:bg-accent',
  quiet: 'border border-line bg-surface text-ink hover:border-line-strong hover:bg-sunken',
  bare: 'text-ink-soft hover:bg-sunken hover:text-ink',
  danger: 'border border-bad/30 bg-bad-soft text-bad hover:border-bad/60',
} as const;

interface ButtonProps extends ComponentProps<'button'> {
  weight?: keyof typeof weights;
  /** Shows that an answer is pending and disables the button. */
  pending?: boolean;
}

export function Button({
  weight = 'quiet',
  pending = false,
  disabled,
  className = '',
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      className={`inline-flex h-8 shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-lg px-3 font-medium text-[0.8125rem] transition-colors disabled:opacity-50 ${weights[weight]} ${className}`}
    >
      {pending ? <LoaderCircle aria-hidden className="size-3.5 animate-spin" /> : null}
      {children}
    </button>
  );
}
