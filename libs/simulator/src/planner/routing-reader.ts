/**
 * Reads what is to happen with each category of a classification ("Bugs become GitHub issues, billing goes to Zendesk, …").
 */
import { recognise } from './clauses.js';
import type { Draft } from './draft.js';
import { leftOut } from './quantities.js';
import { readOwnTime } from './schedule-reader.js';

interface Cases {
  cases: { name: string; clauses: string[] }[];
  otherwise: string[] | undefined;
  /** What said nothing about a category, in its order. */
  left: string[];
}

const rest =
  /^\W*(?:the |all |all the )?(?:rest|others?|remaining|everything else|anything else|der rest|alles andere|übrige\w*|sonst\w*|le reste|les autres)\b/iu;

/** "Praise: …", "junk → …": what stands behind it belongs to the category, understood or not. */
const head = /^\W*[\p{L}\p{N}' -]{1,40}(?::|→|->|=>)\s*\S/u;
const nothing =
  /(?::|→|->|=>)\s*(?:do )?(?:nothing|ignore|skip|nichts|ignorier\w*|rien|ignore\w*)(?: (?:it|them|tun))?\W*$/iu;

/** The cases that the texts speak of; `undefined` when they speak of none. */
export function findCases(draft: Draft, texts: string[]): Cases | undefined {
  const classify = draft.nodes.findLast((node) => node.type === 'ai.classify');
  const categories = Array.isArray(classify?.parameters.categories) ? classify.parameters.categories.map(String) : [];
  const result: Cases = { cases: [], otherwise: undefined, left: [] };
  for (const text of texts) {
    /** The clauses of the category that was spoken of last, and what stands behind them after a comma. */
    let found: string[] | undefined;
    let behind: string[] = [];
    const unread: string[] = [];
    const begin = (...piece: string[]): string[] => {
      // What stands between two categories belongs to the first; what stands behind the last is for all of them.
      found?.push(...behind);
      behind = [];
      found = piece;
      return found;
    };
    const pieces = text.split(/(,\s+(?:and\s+|und\s+|et\s+)?|\s+and\s+|\s+und\s+|\s+et\s+)/iu);
    for (let at = 0; at < pieces.length; at += 2) {
      const piece = pieces[at] ?? '';
      const name = categories.find((category) => mentions(piece, category));
      if (
        name !== undefined &&
        !rest.test(piece) &&
        !result.cases.some((entry) => entry.name === name) &&
        recognise(piece)
      ) {
        result.cases.push({ name, clauses: begin(piece) });
      } else if (name !== undefined && head.test(piece) && !result.cases.some((entry) => entry.name === name)) {
        result.cases.push({ name, clauses: begin() });
        if (!nothing.test(piece)) unread.push(piece);
      } else if (rest.test(piece) && recognise(piece)) {
        result.otherwise = begin(piece);
      } else if (found && readOwnTime(piece)) {
        result.left.push(piece);
      } else if (found && recognise(piece)) {
        const isBehind = behind.length > 0 || pieces[at - 1]?.startsWith(',');
        (isBehind ? behind : found).push(piece);
      } else if (/\p{L}{3}.*\s.*\p{L}{3}/u.test(piece)) {
        unread.push(piece);
      }
    }
    if (!found && text.trim() !== '') result.left.push(text);
    result.left.push(...behind);
    if (found) draft.remarks.push(...unread.map((piece) => leftOut(piece)));
  }
  return result.cases.some(({ clauses }) => clauses.length > 0) ? result : undefined;
}

/** Draws the switch and its branches; the path goes on behind all of them. */
export function drawCases(draft: Draft, { cases: all, otherwise }: Cases, draw: (clauses: string[]) => void): void {
  // For what nothing is to be done, a case is needed only where the rest would catch it.
  const cases = all.filter(({ clauses }) => clauses.length > 0 || otherwise !== undefined);
  const node = draft.add('route', 'logic.switch', 'Which category?', {
    value: draft.facts.category ?? 'trigger.category',
    cases: cases.map(({ name }) => name),
  });
  const ends = cases.flatMap(({ name, clauses }) => {
    if (clauses.length > 0) return draft.branch(node, name, () => draw(clauses));
    draft.branch(node, name, () => draft.add('end', 'logic.stop', 'End here', {}));
    return [];
  });
  const last = otherwise === undefined ? [] : draft.branch(node, 'default', () => draw(otherwise));
  draft.tails = [...ends, ...last];
}

function mentions(piece: string, category: string): boolean {
  const stem = category.replace(/(?:s|es|e)$/u, '').slice(0, 12);
  return piece
    .trim()
    .toLowerCase()
    .replace(/^(?:send |the |all |a |an )+/u, '')
    .startsWith(stem);
}
