/**
 * Turns the words of a condition into an expression. Owns thresholds, negations and comparisons; what it does not understand
 * becomes a field of that name, which people can see and correct.
 */
import type { Facts } from './facts.js';
import { fieldName, NUMBER, readNumber } from './quantities.js';

const more =
  'more than|over|above|greater than|higher than|bigger than|larger than|at least|exceeds?|>=|>|plus de|supérieure?s? à|dépasse|au-dessus de|mehr als|über|größer als|höher als|mindestens';
const less =
  'less than|below|under|fewer than|lower than|at most|<=|<|moins de|inférieure?s? à|en dessous de|weniger als|unter|kleiner als|höchstens';
const currency = '[$€£]|eur|usd|euros?|dollars?';
const threshold = new RegExp(
  `(by\\s+)?(${more}|${less})\\s*(${currency})?\\s*(${NUMBER})\\s*(%|percent|prozent|pour ?cent|${currency})?\\s*([\\p{L}-]+)?`,
  'iu',
);
const isMore = new RegExp(`^(?:${more})$`, 'iu');

/** The status code that an HTTP answer is to have or not to have. */
const statusWords =
  /\b(?:returns?|answers?|responds?|gives?|status(?: ?code)?|antwortet|liefert|renvoie|répond|retourne)\b\D*\b([1-5]\d\d)\b/iu;

interface ConditionReading {
  expression: string;
  label: string;
}

/** Whether a text holds a comparison with a number. */
export function hasThreshold(text: string): boolean {
  return threshold.test(text);
}

/** The condition of a text, read with what is known at that place. Always gives an expression that parses. */
export function readCondition(text: string, facts: Facts): ConditionReading {
  const bare = text
    .replace(/^[\s,]*(?:but |and |also |only )*(?:if|when|wenn|falls|si|s'il|sofern)\s+/iu, '')
    .replace(/[\s,.;:?]+$/u, '');
  const label = labelOf(bare);
  const status = facts.response === undefined ? null : statusWords.exec(bare);
  if (status && facts.response !== undefined) {
    const other = /\b(?:not|nicht|pas|other than|anything but)\b|n't\b/iu.test(bare);
    const path = facts.response.replace(/\.body$/u, '.status');
    return { expression: `${path} ${other ? '!=' : '=='} ${status[1]}`, label };
  }
  const match = threshold.exec(bare);
  if (match) return { expression: compared(bare, match, facts), label };
  if (/\b(?:valid|gültig|valide)\b.*\b(?:e-?mail|address)|\b(?:e-?mail|address)\b.*\bvalid/iu.test(bare)) {
    return { expression: `isEmail(${facts.field('email')})`, label: 'Email address valid?' };
  }
  const negated =
    /\b(?:did not|didn't|does not|doesn't|has not|hasn't|have not|haven't|is not|isn't|are not|no|not|nicht|kein\w*|n'a pas|n'ont pas|pas)\b\s*(?:been\s+)?([\p{L}-]+)?/iu.exec(
      bare,
    );
  const contained =
    /\b(?:contains?|mentions?|includes?|enthält|erwähnt|contient|mentionne)\s+["'‘“«]?\s*([^"'’”»,.]+)/iu.exec(bare);
  if (contained?.[1]) {
    const word = contained[1].trim().toLowerCase().replaceAll("'", '').replaceAll('\\', '');
    const content = facts.text.replaceAll(/\{\{|\}\}/gu, '').trim();
    const subject = /^[\w.]+$/u.test(content) ? content : facts.field('text');
    return { expression: `contains(lower(${subject}), '${word}')`, label };
  }
  if (negated) return { expression: `!${facts.field(fieldName(pastForm(negated[1] ?? 'done'), 'done'))}`, label };
  const equal = /\b([\p{L}-]+)\s+(?:is|are|equals|==?|ist|sind|est|sont)\s+["'‘“]?([\p{L}-]+)/iu.exec(bare);
  if (equal?.[1] && equal[2]) {
    const [subject, value] = [fieldName(equal[1]), equal[2].toLowerCase()];
    if (/^(?:it|they|he|she|es|sie|er|il|elle|ils|that|this)$/iu.test(equal[1])) {
      return {
        expression: facts.category ? `${facts.category} == '${value}'` : `${facts.field(fieldName(value))} == true`,
        label,
      };
    }
    if (/^(?:positive|negative|neutral|urgent|spam)$/u.test(value) && facts.category) {
      return { expression: `${facts.category} == '${value}'`, label };
    }
    return { expression: `${facts.field(subject)} == '${value}'`, label };
  }
  const words = bare
    .split(/\s+/u)
    .filter((word) => !/^(?:the|a|an|it|they|is|are|was|has|have|der|die|das|le|la)$/iu.test(word));
  return { expression: `${facts.field(fieldName(words.slice(0, 3).join(' '), 'matches'))} == true`, label };
}

function compared(text: string, match: RegExpExecArray, facts: Facts): string {
  const operator = isMore.test(match[2] ?? '')
    ? /at least|mindestens|>=/iu.test(match[2] ?? '')
      ? '>='
      : '>'
    : /at most|höchstens|<=/iu.test(match[2] ?? '')
      ? '<='
      : '<';
  const number = readNumber(match[4] ?? '') ?? 0;
  const path = facts.field(subjectOf(text, match));
  return `${path} ${operator} ${number}`;
}

/** What is compared: a noun after the number ("200 employees"), else the subject before the comparison, else a good guess. */
function subjectOf(text: string, match: RegExpExecArray): string {
  const before = text.slice(0, match.index);
  const money = Boolean(match[3]) || /[$€£]|eur|usd|dollar/iu.test(match[5] ?? '');
  const after = match[6] ?? '';
  const tail = text.slice(match.index + match[0].length);
  if (/^(?:a|per|each|im|pro|par)$/iu.test(after) && /^\s*(?:month|monat|mois)/iu.test(tail)) return 'monthlyAmount';
  if (match[1] || /%|percent|prozent|cent/iu.test(match[5] ?? '')) {
    if (/\b(?:drops?|falls?|fällt|sinkt|baisse)\b/iu.test(before)) return 'dropPercent';
    if (/\b(?:rises?|grows?|steigt|augmente)\b/iu.test(before)) return 'risePercent';
    return 'percent';
  }
  if (
    !money &&
    after !== '' &&
    !/^(?:a|an|in|on|for|and|or|to|the|pieces?|units?|items?|stück|ask|then|per|points?|send|we|with|comes?|is|are)$/iu.test(
      after,
    )
  )
    return fieldName(after, 'count');
  if (/^(?:pieces?|units?|stück|items?)$/iu.test(after)) return 'stock';
  const noun =
    /\b(?:the|its|their|der|die|das|le|la|l'|son)\s*([\p{L}-]+)\s+(?:is|are|was|ist|liegt|est|goes|falls)?\s*$/iu.exec(
      before,
    )?.[1];
  if (
    noun &&
    !/^(?:customer|client|kunde|company|user|order|invoice|payment|deal|bestellung|rechnung|commande|facture)$/iu.test(
      noun,
    )
  )
    return fieldName(noun, 'amount');
  const bare = /\b([\p{L}]{3,})\s+(?:is|are|ist|est)\s*$/iu.exec(before)?.[1];
  if (
    bare &&
    !/^(?:it|they|that|this|one|order|invoice|payment|deal|bestellung|rechnung|commande|facture)$/iu.test(bare)
  )
    return fieldName(bare, 'amount');
  return money ? 'amount' : 'value';
}

function pastForm(verb: string): string {
  const lower = verb.toLowerCase();
  if (/^(?:upgrade|subscribe|reply|answer|pay|respond|confirm|sign)$/u.test(lower)) {
    const past: Record<string, string> = { reply: 'replied', pay: 'paid' };
    return past[lower] ?? (lower.endsWith('e') ? `${lower}d` : `${lower}ed`);
  }
  return lower;
}

function labelOf(text: string): string {
  const short = text.replace(/\s+/gu, ' ').trim();
  const cut = short.length > 50 ? `${short.slice(0, 49).trimEnd()}…` : short;
  return cut === '' ? 'Check' : `${cut.charAt(0).toUpperCase()}${cut.slice(1)}?`;
}
