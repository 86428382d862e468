/** The outcome of a question in words; the caller supplies who and when. */
import type { HookState } from '#libs/client';
import { ownValue } from '#libs/contracts';
import { fieldsOf } from '../fields.js';
import { answerFormOf } from './answer-form-model.js';

export type HookOutcome = 'approved' | 'rejected' | 'answered' | 'expired' | 'canceled';

export function outcomeOf({ status, schema, payload }: Pick<HookState, 'status' | 'schema' | 'payload'>): HookOutcome {
  if (status === 'EXPIRED') return 'expired';
  if (status !== 'RESOLVED') return 'canceled';
  const decision = answerFormOf(schema)?.decision;
  if (!decision) return 'answered';
  return ownValue(fieldsOf(payload), decision.name) === true ? 'approved' : 'rejected';
}

/** "Publish draft 1? (226 characters)" → "Draft 1": what the question is about. */
export function subjectOf(title: string): string {
  const words = title
    .replace(/\([^()]*\)$/, '')
    .trimEnd()
    .replace(/\?$/, '')
    .replace(/^(?:Publish|Book)\s+/, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The remarks sent with the decision, as one text; empty when there are none. */
export function remarkOf({ schema, payload }: Pick<HookState, 'schema' | 'payload'>): string {
  const values = fieldsOf(payload);
  return (answerFormOf(schema)?.fields ?? [])
    .map(({ name }) => ownValue(values, name))
    .filter((value) => value !== undefined && value !== null && value !== '')
    .map(String)
    .join(', ');
}

/** @param who "you", or a name */
export function outcomeWords(outcome: HookOutcome, who: string, remark: string): string {
  switch (outcome) {
    case 'approved':
      return `${who} approved it`;
    case 'rejected':
      return remark === '' ? `${who} said no` : `${who} asked for changes`;
    case 'answered':
      return `${who} answered`;
    case 'expired':
      return 'nobody answered in time';
    case 'canceled':
      return 'no longer needed';
  }
}
