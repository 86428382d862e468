/** The form for a hook's answer, or a box for JSON where the schema is too complex for fields. */

import { type FormEvent, useId, useState } from 'react';
import { ownValue } from '#libs/contracts';
import { Button } from '../design/button.js';
import { Problem } from '../design/problem.js';
import { useDraft } from '../drafts/drafts.js';
import { type AnswerField, type AnswerForm, answerFormOf, payloadOf, type Typed } from './answer-form-model.js';

interface AnswerFormViewProps {
  /** Key under which unsent text is kept. */
  place: string;
  schema: unknown;
  pending: boolean;
  onAnswer: (payload: unknown) => void;
}

const box =
  'w-full rounded-lg border border-line-strong bg-surface px-3 py-2 text-sm outline-none focus:border-accent disabled:opacity-60';

export function AnswerFormView({ schema, ...rest }: AnswerFormViewProps) {
  const form = answerFormOf(schema);
  return form ? <FieldsForm form={form} {...rest} /> : <JsonForm {...rest} />;
}

function FieldsForm({ form, place, pending, onAnswer }: { form: AnswerForm } & Omit<AnswerFormViewProps, 'schema'>) {
  const [draft, setDraft] = useDraft(place);
  // Only the first text field is kept; all others are quick to enter again.
  const kept = form.fields.find((field) => field.kind === 'text')?.name;
  const [typed, setTyped] = useState<Typed>(() => (kept !== undefined && draft !== '' ? { [kept]: draft } : {}));
  const [incomplete, setIncomplete] = useState(false);

  function send(decided: boolean) {
    const payload = payloadOf(form, typed, decided);
    setIncomplete(payload === null);
    if (payload) onAnswer(payload);
  }

  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        // Enter in a field must not decide anything; only the buttons do.
        if (!form.decision) send(true);
      }}
    >
      {form.fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          value={ownValue(typed, field.name)}
          disabled={pending}
          onChange={(value) => {
            setTyped((before) => ({ ...before, [field.name]: value }));
            if (field.name === kept && typeof value === 'string') setDraft(value);
          }}
        />
      ))}
      <Problem text={incomplete ? 'Fill in every field that isn’t optional.' : null} />
      <div className="flex justify-end gap-2">
        {form.decision ? (
          <>
            <Button data-testid="hook-reject" disabled={pending} onClick={() => send(false)}>
              Request changes
            </Button>
            <Button data-testid="hook-approve" weight="primary" pending={pending} onClick={() => send(true)}>
              Approve
            </Button>
          </>
        ) : (
          <Button data-testid="hook-send" type="submit" weight="primary" pending={pending}>
            Send
          </Button>
        )}
      </div>
    </form>
  );
}

interface FieldInputProps {
  field: AnswerField;
  value: string | boolean | undefined;
  disabled: boolean;
  onChange: (value: string | boolean) => void;
}

function FieldInput({ field, value, disabled, onChange }: FieldInputProps) {
  const id = useId();
  const label = `${field.label}${field.required || field.kind === 'boolean' ? '' : ' (optional)'}`;
  if (field.kind === 'boolean') {
    return (
      <label className="flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          checked={value === true}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
        {label}
      </label>
    );
  }
  const text = typeof value === 'string' ? value : '';
  const given = {
    id,
    value: text,
    disabled,
    className: box,
    'data-testid': `hook-field-${field.name}`,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-ink-soft text-xs">
        {label}
      </label>
      {field.kind === 'text' ? <textarea rows={2} dir="auto" {...given} /> : null}
      {field.kind === 'number' ? <input inputMode="decimal" {...given} /> : null}
      {field.kind === 'choice' ? (
        <select {...given}>
          <option value="">Choose…</option>
          {field.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : null}
    </div>
  );
}

function JsonForm({ place, pending, onAnswer }: Omit<AnswerFormViewProps, 'schema'>) {
  const id = useId();
  const [text, setText] = useDraft(place);
  const [wrong, setWrong] = useState(false);

  function send() {
    try {
      const payload: unknown = JSON.parse(text);
      setWrong(false);
      onAnswer(payload);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      setWrong(true);
    }
  }

  return (
    <div className="flex flex-col gap-3">
      <label htmlFor={id} className="text-ink-soft text-xs">
        Answer as JSON
      </label>
      <textarea
        id={id}
        data-testid="hook-json"
        rows={4}
        value={text}
        disabled={pending}
        onChange={(event) => setText(event.target.value)}
        className={`${box} font-mono`}
      />
      <Problem text={wrong ? 'This isn’t valid JSON yet.' : null} />
      <div className="flex justify-end">
        <Button data-testid="hook-send" weight="primary" pending={pending} onClick={send}>
          Send
        </Button>
      </div>
    </div>
  );
}
