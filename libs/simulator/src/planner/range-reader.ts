/**
 * Reads decisions by ranges of one number: "refuse above 0.9, let a person look between 0.6 and 0.9, accept the rest".
 */
import { approvalWords, recognise } from './clauses.js';
import type { Draft } from './draft.js';
import type { Tail } from './plan.js';
import { fieldName, labelFrom, NUMBER, readNumber } from './quantities.js';

const between = new RegExp(`\\b(?:between|zwischen|entre)\\s+(${NUMBER})\\s+(?:and|und|et)\\s+(${NUMBER})`, 'iu');
const above = new RegExp(`\\b(?:above|over|more than|über|mehr als|plus de|au-dessus de)\\s+(${NUMBER})`, 'iu');
const below = new RegExp(`\\b(?:below|under|less than|unter|weniger als|moins de)\\s+(${NUMBER})`, 'iu');
const rest = /\b(?:the rest|otherwise|everything else|others|den rest|sonst|le reste|sinon)\b/iu;
const caller =
  /\b(?:answer|tell|reply to|respond to|return to) the caller\b|antworte dem aufrufer|réponds? à l'appelant/iu;

interface Range {
  name: string;
  when: string;
  text: string;
}

/** Whether a sentence decides by at least two ranges of a number. */
export function isRanges(sentence: string): boolean {
  const ranges = pieces(sentence).filter((piece) => between.test(piece) || above.test(piece) || below.test(piece));
  return ranges.length >= 2 || (ranges.length === 1 && between.test(sentence));
}

export function drawRanges(draft: Draft, sentence: string, draw: (clause: string) => void): void {
  const value = draft.facts.response === undefined ? draft.facts.field('score') : `${draft.facts.response}.score`;
  const ranges: Range[] = [];
  let otherwise: string | undefined;
  for (const piece of pieces(sentence)) {
    const when = condition(piece, value);
    if (when !== undefined) ranges.push({ name: nameOf(piece, ranges), when, text: piece });
    else if (rest.test(piece)) otherwise = piece;
  }
  const answers = caller.test(sentence) && draft.facts.triggerType === 'trigger.webhook';
  const node = draft.add('decide', 'logic.switch', 'Which range?', {
    cases: ranges.map(({ name, when }) => ({ name, when })),
  });
  const accepted: Tail[] = [{ source: node.id, branch: 'default' }];
  const refused: Tail[] = [];
  const ends: Tail[] = [];
  for (const range of ranges) {
    const from: Tail = { source: node.id, branch: range.name };
    if (approvalWords.test(range.text)) {
      draft.tails = [from];
      const approval = draft.add('review', 'logic.approval', labelFrom(range.text, 'Let a person look'), {
        message: `Score {{ ${value} }}. Accept?\n\n${draft.facts.headline}`,
        timeout: '1d',
      });
      accepted.push({ source: approval.id, branch: 'approved' });
      refused.push({ source: approval.id, branch: 'rejected' });
    } else if (answers || !recognise(range.text)) {
      (/refus|reject|block|deny|decline|ablehn/iu.test(range.text) ? refused : accepted).push(from);
    } else {
      ends.push(...draft.aside([from], () => draw(range.text)));
    }
  }
  if (answers) {
    ends.push(...decision(draft, refused, 'refused'), ...decision(draft, accepted, 'accepted'));
  } else {
    const text = otherwise?.replace(rest, '').trim();
    ends.push(...(text && recognise(text) ? draft.aside(accepted, () => draw(text)) : accepted));
    if (refused.length > 0) {
      draft.aside(refused, () =>
        draft.add('refused', 'logic.stop', 'Refused', { outcome: 'success', message: 'Refused.' }),
      );
    }
  }
  draft.tails = ends;
}

function decision(draft: Draft, from: Tail[], word: string): Tail[] {
  if (from.length === 0) return [];
  return draft.aside(from, () => {
    draft.add(fieldName(`answer ${word}`), 'logic.respond', `Answer: ${word}`, {
      status: 200,
      body: { decision: word, id: `{{ ${draft.facts.field('id')} }}` },
    });
  });
}

function pieces(sentence: string): string[] {
  return sentence.split(/,\s+/u);
}

function condition(piece: string, value: string): string | undefined {
  const range = between.exec(piece);
  if (range) return `${value} >= ${readNumber(range[1] ?? '') ?? 0} && ${value} <= ${readNumber(range[2] ?? '') ?? 0}`;
  const lower = above.exec(piece);
  if (lower) return `${value} > ${readNumber(lower[1] ?? '') ?? 0}`;
  const upper = below.exec(piece);
  return upper ? `${value} < ${readNumber(upper[1] ?? '') ?? 0}` : undefined;
}

function nameOf(piece: string, taken: readonly Range[]): string {
  const verb = approvalWords.test(piece) ? 'review' : fieldName(/[\p{L}]+/u.exec(piece)?.[0] ?? 'case', 'case');
  return taken.some(({ name }) => name === verb) ? `${verb}${taken.length + 1}` : verb;
}
