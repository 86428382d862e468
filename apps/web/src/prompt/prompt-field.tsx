/** The text field of every prompt: grows with its text, sends on Enter, breaks the line on Shift+Enter. */
import { ArrowUp, LoaderCircle } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useRef } from 'react';
import { limits } from '#libs/contracts';
import { promptProblem } from './prompt-problem.js';

interface PromptFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  onSubmit: () => void;
  problem: string | null;
  pending: boolean;
  large?: boolean;
  autoFocus?: boolean;
  /** The field itself, for callers that set its focus or text. */
  fieldRef?: RefObject<HTMLTextAreaElement | null>;
  /** Shown beside the send button. */
  aside?: ReactNode;
}

/** The count appears from this fraction of the limit. */
const COUNT_FROM = 0.9;

export function PromptField({ large = false, aside, ...props }: PromptFieldProps) {
  const { label, placeholder, value, onChange, onSubmit, pending, autoFocus } = props;
  const ownRef = useRef<HTMLTextAreaElement>(null);
  const field = props.fieldRef ?? ownRef;
  const id = useId();
  const length = value.trim().length;
  const tooLong = length > limits.promptChars;
  // The message about a text that is too long appears while typing and disappears by itself.
  const problem = tooLong ? promptProblem(value) : props.problem;

  useEffect(() => {
    // Returning to a scrolled page must not scroll it.
    if (autoFocus) field.current?.focus({ preventScroll: true });
  }, [autoFocus, field]);

  function onKeyDown(event: KeyboardEvent) {
    // Enter during composition chooses a word in an input method; it does not send.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (!pending) onSubmit();
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <div
        className={`rounded-2xl border bg-surface transition-[border-color,box-shadow] focus-within:border-accent focus-within:shadow-lifted ${problem ? 'border-bad/50' : 'border-line-strong'} ${large ? 'shadow-card' : ''}`}
      >
        <label htmlFor={id} className="sr-only">
          {label}
        </label>
        <textarea
          ref={field}
          id={id}
          data-testid="prompt-input"
          data-takes-focus
          dir="auto"
          rows={large ? 3 : 1}
          value={value}
          placeholder={placeholder}
          readOnly={pending}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-problem`}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={onKeyDown}
          className={`field-sizing-content block w-full resize-none bg-transparent outline-none placeholder:text-ink-faint ${large ? 'max-h-80 min-h-28 px-5 pt-4 text-[1.0625rem] leading-relaxed' : 'max-h-44 px-4 pt-3 text-[0.9375rem] leading-normal'}`}
        />
        <div className={`flex items-center gap-3 ${large ? 'px-3 pb-3' : 'px-2 pb-2'}`}>
          <div className="min-w-0 flex-1 pl-2 text-ink-faint text-xs">
            {length > limits.promptChars * COUNT_FROM ? (
              <span className={tooLong ? 'text-bad' : ''}>
                {length.toLocaleString('en')} of {limits.promptChars.toLocaleString('en')} characters
              </span>
            ) : (
              aside
            )}
          </div>
          <button
            type="submit"
            data-testid="submit"
            aria-label="Send"
            aria-busy={pending || undefined}
            disabled={pending || length === 0 || tooLong}
            className={`grid shrink-0 place-items-center rounded-xl bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-sunken disabled:text-ink-faint ${large ? 'size-10' : 'size-8'}`}
          >
            {pending ? (
              <LoaderCircle aria-hidden className="size-4 animate-spin" />
            ) : (
              <ArrowUp aria-hidden className="size-4" strokeWidth={2.5} />
            )}
          </button>
        </div>
      </div>
      <p
        id={`${id}-problem`}
        data-testid="prompt-problem"
        aria-live="polite"
        className={problem ? 'px-2 pt-2 text-bad text-sm' : 'sr-only'}
      >
        {problem}
      </p>
    </form>
  );
}
