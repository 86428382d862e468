/** Validates cron expressions of five fields. */

interface Field {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly words: readonly string[];
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');

const FIELDS: readonly Field[] = [
  { name: 'minute', minimum: 0, maximum: 59, words: [] },
  { name: 'hour', minimum: 0, maximum: 23, words: [] },
  { name: 'day of month', minimum: 1, maximum: 31, words: [] },
  { name: 'month', minimum: 1, maximum: 12, words: MONTHS },
  { name: 'day of week', minimum: 0, maximum: 7, words: DAYS },
];

/** Why a text is not a cron expression, as the end of a sentence ("it …"), or `null` when it is one. */
export function cronProblem(text: string): string | null {
  const parts = text.trim().split(/\s+/);
  if (text.length > 200 || parts.length !== FIELDS.length) {
    return 'must have five fields: minute, hour, day of month, month, day of week, as in "0 8 * * 1"';
  }
  for (const [index, field] of FIELDS.entries()) {
    const part = parts[index] ?? '';
    if (!part.split(',').every((entry) => fits(entry, field))) {
      return `has "${part}" as ${field.name}, where ${field.minimum} to ${field.maximum}, "*", lists, ranges and steps are possible`;
    }
  }
  return null;
}

function fits(entry: string, field: Field): boolean {
  const [range = '', step, ...rest] = entry.split('/');
  if (rest.length > 0) return false;
  if (step !== undefined && !(/^\d{1,3}$/.test(step) && Number(step) > 0)) return false;
  if (range === '*') return true;
  const [from = '', to, ...more] = range.split('-');
  if (more.length > 0) return false;
  const start = numberOf(from, field);
  if (start === null) return false;
  if (to === undefined) return true;
  const end = numberOf(to, field);
  return end !== null && start <= end;
}

function numberOf(text: string, field: Field): number | null {
  const word = field.words.indexOf(text.toLowerCase());
  if (word !== -1) return word + field.minimum;
  if (!/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= field.minimum && value <= field.maximum ? value : null;
}
