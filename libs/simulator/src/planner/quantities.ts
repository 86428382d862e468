/**
 * Reads numbers, durations and times out of a text in English, French or German. Pure; never guesses what they are for.
 */
const words: Record<string, number> = {
  a: 1,
  an: 1,
  one: 1,
  un: 1,
  une: 1,
  ein: 1,
  eine: 1,
  einen: 1,
  einem: 1,
  einer: 1,
  two: 2,
  deux: 2,
  zwei: 2,
  three: 3,
  trois: 3,
  drei: 3,
  four: 4,
  quatre: 4,
  vier: 4,
  five: 5,
  cinq: 5,
  fünf: 5,
  six: 6,
  sechs: 6,
  seven: 7,
  sept: 7,
  sieben: 7,
  eight: 8,
  huit: 8,
  acht: 8,
  nine: 9,
  neuf: 9,
  neun: 9,
  ten: 10,
  dix: 10,
  zehn: 10,
  twelve: 12,
  douze: 12,
  zwölf: 12,
  fifteen: 15,
  quinze: 15,
  fünfzehn: 15,
  twenty: 20,
  vingt: 20,
  zwanzig: 20,
  thirty: 30,
  trente: 30,
  dreißig: 30,
};

/** A number in digits (with separators) or a small number word, as a piece of a regular expression. */
export const NUMBER = `(?:\\d+(?:[.,'\\u00a0]\\d+)*|${Object.keys(words)
  .filter((word) => word.length > 2)
  .join('|')})`;
const DURATION_UNIT =
  '(?:seconds?|secondes?|sekunden?|minutes?|minuten?|min|hours?|heures?|stunden?|days?|jours?|tage?n?|weeks?|semaines?|wochen?)';

/** `1,000` and `1.000` are a thousand, `0.9` and `0,9` nine tenths. `undefined` when the text is no number. */
export function readNumber(text: string): number | undefined {
  const word = words[text.toLowerCase()];
  if (word !== undefined) return word;
  const compact = text.replace(/['\u00a0\s]/gu, '');
  if (!/^\d+(?:[.,]\d+)*$/u.test(compact)) return undefined;
  const grouped = /^\d{1,3}(?:[.,]\d{3})+$/u.test(compact) && !compact.startsWith('0');
  return Number(grouped ? compact.replace(/[.,]/gu, '') : compact.replace(',', '.'));
}

/** The first duration in a text in the form that nodes take, such as `15m` or `3d`. */
export function readDuration(text: string): string | undefined {
  const match = new RegExp(
    `(${NUMBER}|\\ban?\\b|\\bune?\\b|\\beine?[nr]?\\b)\\s*-?(?:(?:more|further|additional|weiteren?)\\s+)?(${DURATION_UNIT})\\b`,
    'iu',
  ).exec(text);
  const amount = match && readNumber(match[1] ?? '');
  const unit = match?.[2]?.toLowerCase();
  if (!amount || unit === undefined) return undefined;
  if (/^(?:w|sem|woche)/u.test(unit)) return `${amount * 7}d`;
  if (/^(?:d|j|t)/u.test(unit)) return `${amount}d`;
  if (/^(?:h|stu)/u.test(unit)) return `${amount}h`;
  return /^s/u.test(unit) ? `${amount}s` : `${amount}m`;
}

export interface TimeOfDay {
  hour: number;
  minute: number;
}

/** The first time of day in a text: `at 8`, `9:30`, `5 pm`, `à 8 h`, `um 17 Uhr`. */
export function readTime(text: string): TimeOfDay | undefined {
  const patterns = [
    /\b(\d{1,2})[:.h](\d{2})\s*(am|pm)?\b/iu,
    /\b(?:at|um|gegen|until|till|bis|before|jusqu'à)\s+(\d{1,2})()\s*(am|pm)?\b(?!\s*%)/iu,
    /(?:^|\s)à\s+(\d{1,2})()\s*(?:h\b|heures?)/iu,
    /\b(\d{1,2})()\s*(am|pm)\b/iu,
    /\b(\d{1,2})()\s*uhr\b/iu,
  ];
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (!match) continue;
    const meridiem = match[3]?.toLowerCase();
    const hour = (Number(match[1]) % (meridiem ? 12 : 24)) + (meridiem === 'pm' ? 12 : 0);
    const minute = Number(match[2] || 0);
    if (Number(match[1]) <= 24 && minute < 60) return { hour, minute };
  }
  if (/\bnoon\b|\bmidi\b|\bmittags?\b/iu.test(text)) return { hour: 12, minute: 0 };
  return /\bmidnight\b|\bminuit\b|\bmitternachts?\b/iu.test(text) ? { hour: 0, minute: 0 } : undefined;
}

/** `["supplier", "amount", "due date"]` from `the supplier, amount and due date`. */
export function readList(text: string): string[] {
  return text
    .split(/\s*(?:,|;|\/|\band\b|\bor\b|\bet\b|\bou\b|\bund\b|\boder\b)\s*/iu)
    .map((entry) => entry.replace(/^(?:the|a|an|le|la|les|l'|un|une|der|die|das|den|its|their|our)\s+/iu, '').trim())
    .filter((entry) => entry !== '');
}

/** A name for expressions: `due date` becomes `dueDate`. Never empty. */
export function fieldName(text: string, fallback = 'value'): string {
  const parts = text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .split(/[^a-z0-9]+/iu)
    .filter((part) => part !== '')
    .slice(0, 4);
  const name = parts
    .map((part, index) => {
      const lower = part.toLowerCase();
      return index === 0 ? lower : lower.charAt(0).toUpperCase() + lower.slice(1);
    })
    .join('');
  return /^[a-z]/u.test(name) ? name.slice(0, 40) : fallback;
}

/** A label in the person's own words: without leading conjunctions, capitalised, at most 60 characters. */
export function labelFrom(text: string, fallback: string): string {
  const bare = text
    .replace(/\s+/gu, ' ')
    .replace(/^[\s,.;:–-]+/u, '')
    .replace(/^(?:(?:and|then|also|please|next|et|puis|ensuite|und|dann|danach|bitte|now)\s+)+/iu, '')
    .replace(/[\s,.;:!]+$/u, '')
    .replaceAll(/\p{Cc}/gu, '');
  if (bare.length < 4 || /[<>{}[\]]/u.test(bare)) return fallback;
  const capital = bare.charAt(0).toUpperCase() + bare.slice(1);
  if (capital.length <= 60) return capital;
  const cut = capital.slice(0, 58);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), 30))}…`;
}

/** What to say about words for which there is no step. */
export function leftOut(words: string): string {
  return `“${labelFrom(words, 'This')}” is not in the graph: I know no step for it.`;
}

/** What to say about words that ask for another start than the one that the workflow has. */
export function ownStart(words: string): string {
  return `“${labelFrom(words, 'This')}” is not in the graph: a workflow starts in one way. Ask for a second workflow that does it.`;
}

/** What to say about what is to be done otherwise, where nothing was asked for under a condition. */
export function withoutCondition(words: string): string {
  return `“${labelFrom(words, 'This')}” is not in the graph: nothing before it is done under a condition.`;
}

const placeholders =
  /\{\{[^}]*\}\}|\$\{[^}]*\}|<[^<>]{0,80}>|\b(?:your|insert|replace|change|fill)[_-][\w.-]+|\b(?:TODO|TBD|TBC|FIXME|REPLACEME|CHANGEME)\b:?|(?<![a-z])x{3,}(?![a-z])|\blorem ipsum\b|\[[^\]]{0,80}\]/giu;
const secrets = /\b(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{24,}\b|\b(?:sk|pk|rk|ghp|gho|xox[abp]|AKIA)[-_]?[\w-]{8,}/giu;
const MAX_PROMPT = 6_000;

/** The prompt without what must not end up in a graph: expressions, placeholders, things that look like secrets, control characters. */
export function plainPrompt(prompt: string): string {
  return prompt
    .slice(0, MAX_PROMPT)
    .replaceAll(/[^\P{C}\n]/gu, ' ')
    .replaceAll(placeholders, ' ')
    .replaceAll(secrets, ' ')
    .replaceAll(/\{\{|\}\}/gu, ' ')
    .replaceAll(/(?<=(?:[<>=$€£]|over|above|under|below|than|least|über|unter|plus de) ?)(\d{1,4})k\b/giu, '$1,000')
    .replaceAll(/[ \t]{2,}/gu, ' ')
    .trim();
}
