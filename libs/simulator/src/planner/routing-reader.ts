/**
 * Reads what is to happen with each category of a classification ("Bugs become GitHub issues, billing goes to Zendesk, …").
 */
import { recognise } from './clauses.js';
import type { Draft } from './draft.js';
import { leftOut } from './quantities.js';

interface Cases {
  cases: { name: string; text: string }[];
  otherwise: string | undefined;
  /** Sentences that said nothing about a category. */
  left: string[];
}

const rest =
  /^\W*(?:the |all |all the )?(?:rest|others?|remaining|everything else|anything else|der rest|alles andere|übrige\w*|sonst\w*|le reste|les autres)\b/iu;

/** The cases that the texts speak of; `undefined` when they speak of none. */
export function findCases(draft: Draft, texts: string[]): Cases | undefined {
  const classify = draft.nodes.findLast((node) => node.type === 'ai.classify');
  const categories = Array.isArray(classify?.parameters.categories) ? classify.parameters.categories.map(String) : [];
  const result: Cases = { cases: [], otherwise: undefined, left: [] };
  for (const text of texts) {
    let found = false;
    const unread: string[] = [];
    for (const piece of text.split(/,\s+(?:and\s+|und\s+|et\s+)?|\s+and\s+|\s+und\s+|\s+et\s+/iu)) {
      const name = categories.find((category) => mentions(piece, category));
      if (
        name !== undefined &&
        !rest.test(piece) &&
        !result.cases.some((entry) => entry.name === name) &&
        recognise(piece)
      ) {
        result.cases.push({ name, text: piece });
        found = true;
      } else if (rest.test(piece) && recognise(piece)) {
        result.otherwise = piece;
        found = true;
      } else if (/\p{L}{3}.*\s.*\p{L}{3}/u.test(piece)) {
        unread.push(piece);
      }
    }
    if (!found && text.trim() !== '') result.left.push(text);
    if (found) draft.remarks.push(...unread.map((piece) => leftOut(piece)));
  }
  return result.cases.length > 0 ? result : undefined;
}

/** Draws the switch and its branches; the path goes on behind all of them. */
export function drawCases(draft: Draft, { cases, otherwise }: Cases, draw: (text: string) => void): void {
  const node = draft.add('route', 'logic.switch', 'Which category?', {
    value: draft.facts.category ?? 'trigger.category',
    cases: cases.map(({ name }) => name),
  });
  const ends = cases.flatMap(({ name, text }) => draft.branch(node, name, () => draw(text)));
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
