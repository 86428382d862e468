/**
 * Checks whether a value has the form that its parameter requires. Expressions inside count as valid here; the expressions
 * rule checks whether they parse and refer to something.
 */

import type { JsonValue } from '#libs/contracts';
import type { ParameterSpec } from '../catalog/node-type.js';
import type { Template } from '../expressions/parse-template.js';
import { cronProblem } from '../values/cron.js';
import { parseDuration } from '../values/duration.js';

const EMAIL = /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]{2,}$/;
const NAMED_EMAIL = /^[^<>,;]*<([^<>]+)>$/;
const CREDENTIAL = /^[a-zA-Z][a-zA-Z0-9_.-]{0,63}$/;

/** What a value must be, as the end of a sentence ("must be …"), or `null` when it is valid. List items are not checked. */
export function formProblem(
  spec: ParameterSpec,
  value: JsonValue,
  template: (text: string) => Template,
): string | null {
  const whole = typeof value === 'string' && template(value).soleExpression !== null;
  switch (spec.type) {
    case 'string':
    case 'text':
      return typeof value === 'string' ? null : 'must be a text';
    case 'number':
      return typeof value === 'number' || whole ? null : 'must be a number, without quotes';
    case 'boolean':
      return typeof value === 'boolean' || whole ? null : 'must be true or false, without quotes';
    case 'enum': {
      const values = spec.values ?? [];
      return typeof value === 'string' && values.includes(value) ? null : `must be one of: ${values.join(', ')}`;
    }
    case 'expression':
      return typeof value === 'string' ? null : 'must be an expression, written as a text';
    case 'json':
      return jsonProblem(spec, value, whole);
    case 'list': {
      if (Array.isArray(value) || whole) return null;
      const words = spec.values ?? [];
      if (typeof value === 'string' && words.includes(value)) return null;
      return words.length > 0 ? `must be a list or the word "${words.join('", "')}"` : 'must be a list';
    }
    case 'duration':
      return whole || (typeof value === 'string' && parseDuration(value) !== null)
        ? null
        : 'must be a duration, such as "90s", "15m", "1h30m" or "3d"';
    case 'cron': {
      const problem = typeof value === 'string' ? cronProblem(value) : 'must be a text such as "0 8 * * 1"';
      return problem && (problem.startsWith('must') ? problem : `must be a cron expression; it ${problem}`);
    }
    case 'url':
      return typeof value === 'string' && isUrl(template(value))
        ? null
        : 'must be a full address that starts with http:// or https://';
    case 'email':
      return isEmailList(value, template) ? null : 'must be an email address, or several separated by commas';
    case 'credential':
      return typeof value === 'string' && CREDENTIAL.test(value)
        ? null
        : 'must be the name of a stored connection, such as "slack-main"';
  }
}

function jsonProblem(spec: ParameterSpec, value: JsonValue, whole: boolean): string | null {
  if (typeof value === 'string' && !whole && /^\s*(?:\{(?!\{)|\[)/.test(value)) {
    return 'must be JSON itself, not a text that contains JSON';
  }
  if ((typeof value === 'object' && value !== null) || whole || spec.scalar) return null;
  return 'must be an object or a list';
}

function isUrl(template: Template): boolean {
  if (template.startsWithExpression) return true;
  const plain = template.replaced('x').trim();
  return /^https?:\/\//i.test(plain) && !/\s/.test(plain) && URL.canParse(plain);
}

function isEmailList(value: JsonValue, template: (text: string) => Template): boolean {
  if (Array.isArray(value)) {
    return value.length > 0 && value.every((entry) => typeof entry === 'string' && isEmail(entry));
  }
  if (typeof value !== 'string') return false;
  // Commas inside expressions are not separators.
  const plain = template(value).replaced('{{}}');
  return plain.split(/[,;]/).every(isEmail);
}

function isEmail(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.includes('{{')) return true;
  return EMAIL.test(NAMED_EMAIL.exec(trimmed)?.[1]?.trim() ?? trimmed);
}
