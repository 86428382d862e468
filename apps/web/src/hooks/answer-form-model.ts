/**
 * The form for an answer, derived from the hook's JSON Schema. Schemas that flat fields cannot represent are answered as
 * JSON.
 */
import { ownValue } from '#libs/contracts';
import { spelledOut } from '../design/spelled-out.js';
import { type Fields, fieldsOf, listOf, textIn } from '../fields.js';

export interface AnswerField {
  name: string;
  label: string;
  kind: 'text' | 'number' | 'choice' | 'boolean';
  /** Of a choice. */
  options: readonly string[];
  required: boolean;
}

export interface AnswerForm {
  /** The boolean field whose two buttons submit the form; `null` when it has a submit button of its own. */
  decision: { name: string } | null;
  fields: readonly AnswerField[];
}

/** The values entered, by field. */
export type Typed = Readonly<Record<string, string | boolean>>;

/** `null` when the schema needs more than a flat form. */
export function answerFormOf(schema: unknown): AnswerForm | null {
  const { type, properties, required } = fieldsOf(schema);
  if (type !== 'object') return null;
  const needed = new Set(listOf(required));
  const fields = Object.entries(fieldsOf(properties)).map(([name, inner]) =>
    fieldOf(name, fieldsOf(inner), needed.has(name)),
  );
  if (fields.length === 0 || fields.some((field) => field === null)) return null;
  // Storage does not keep the order of a schema's properties, so required fields come first.
  const usable = fields
    .filter((field) => field !== null)
    .toSorted((one, other) => Number(other.required) - Number(one.required));
  const decisions = usable.filter((field) => field.kind === 'boolean' && field.required);
  const [decision] = decisions;
  if (!decision || decisions.length > 1) return { decision: null, fields: usable };
  return { decision: { name: decision.name }, fields: usable.filter((field) => field !== decision) };
}

function fieldOf(name: string, schema: Fields, required: boolean): AnswerField | null {
  const label = textIn(schema, 'title', 'description') ?? spelledOut(name);
  const options = listOf(schema.enum);
  if (options.length > 0) {
    if (!options.every((option) => typeof option === 'string')) return null;
    return { name, label, kind: 'choice', options, required };
  }
  switch (schema.type) {
    case 'string':
      return { name, label, kind: 'text', options: [], required };
    case 'integer':
    case 'number':
      return { name, label, kind: 'number', options: [], required };
    case 'boolean':
      return { name, label, kind: 'boolean', options: [], required };
    default:
      return null;
  }
}

/** The payload to send. Empty optional fields are left out; `null` when a required one is missing or not a number. */
export function payloadOf(
  form: AnswerForm,
  typed: Typed,
  decided: boolean,
): Record<string, string | number | boolean> | null {
  const payload = new Map<string, string | number | boolean>();
  if (form.decision) payload.set(form.decision.name, decided);
  for (const { name, kind, required } of form.fields) {
    const value = ownValue(typed, name);
    if (kind === 'boolean') {
      payload.set(name, value === true);
      continue;
    }
    const text = typeof value === 'string' ? value.trim() : '';
    if (text === '') {
      if (required) return null;
      continue;
    }
    if (kind === 'number' && !Number.isFinite(Number(text))) return null;
    payload.set(name, kind === 'number' ? Number(text) : text);
  }
  return Object.fromEntries(payload);
}
