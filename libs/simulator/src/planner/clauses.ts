/**
 * Cuts a prompt into sentences and clauses, one per step. Owns the cutting; what a clause means is asked of the recognisers.
 */
import { aiRecognisers } from './ai-recognisers.js';
import { messagingRecognisers, vagueMessagingRecognisers } from './messaging-recognisers.js';
import type { Recogniser } from './recogniser.js';
import { readOwnTime } from './schedule-reader.js';
import { serviceRecognisers } from './service-recognisers.js';

const byName = (id: string, list: readonly Recogniser[]) => list.filter((recogniser) => recogniser.id === id);
const without = (ids: readonly string[], list: readonly Recogniser[]) => list.filter(({ id }) => !ids.includes(id));

/** Verbs that ask a model come first: "summarise the Slack thread" is no Slack message. */
const early = ['summarise', 'classify', 'translate', 'extract', 'unseen', 'wait'];
const recognisers: readonly Recogniser[] = [
  ...byName('gather', messagingRecognisers),
  ...byName('actionItems', messagingRecognisers),
  ...aiRecognisers.filter(({ id }) => early.includes(id)),
  ...byName('refund', serviceRecognisers),
  ...byName('charge', serviceRecognisers),
  ...without(['gather', 'actionItems', 'email'], messagingRecognisers),
  ...without(['refund', 'charge', 'http', 'database'], serviceRecognisers),
  ...byName('email', messagingRecognisers),
  ...byName('database', serviceRecognisers),
  ...byName('http', serviceRecognisers),
  ...without(early, aiRecognisers),
  ...vagueMessagingRecognisers,
];

/** The recogniser that fits a clause best. */
export function recognise(clause: string): Recogniser | undefined {
  return recognisers.find(({ pattern }) => pattern.test(clause));
}

export const conditionStart =
  /^\W*(?:but |and |also |only |then |et |und |dann |puis )*(?:if|wenn|falls|si|s'ils?|sofern|when)\b/iu;
export const loopStart =
  /\b(?:for each|for every|each of (?:the|them)|pour chaque|für jede[nrsm]?|take every|take each|go through|loop over|loop through)\b/iu;
export const approvalWords =
  /\b(?:approv\w*|sign[- ]?off|a (?:person|human|manager|colleague) (?:to )?(?:look|check|review|decide|confirm)|human review|let a person|confirmed by|freigabe|freigeb\w*|genehmig\w*|approbation|approuv\w*|validation humaine|validation d[eu]|valider par)\b/iu;
export const validation = /\b(?:validate|verify|check)\b.*\b(?:e-?mail|address|adresse)/iu;
export const comparison =
  /\b(?:compare|track|monitor|watch|vergleich\w*|überwach\w*|compar\w*|surveill\w*)\b.*\b(?:prices?|pages?|preise?|seiten|prix|sites?|competitors?)\b/iu;

/** Sentences: up to a full stop, a semicolon, a line break or the next number of a list. */
export function toSentences(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\s*;\s*|\n+|(?:^|\s)\(?\d{1,2}\)\s+/u)
    .map((sentence) =>
      sentence
        .replace(/^\s*(?:\d{1,2}[.)]|[-*•])\s+/u, '')
        .trim()
        .replace(/[.!?]+$/u, ''),
    )
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

const separator =
  /(\s*(?:→|->|=>|,(?=\s)|:(?=\s)|\s(?:and then|and|then|et puis|et|puis|ensuite|und dann|und|dann|danach)\s)\s*)/iu;

/** Clauses of a sentence. A piece that asks for nothing by itself belongs to the clause before it. */
export function toClauses(sentence: string): string[] {
  const parts = sentence.split(separator);
  const clauses: string[] = [];
  const named = new Set<number>();
  for (let at = 0; at < parts.length; at += 2) {
    const piece = parts[at] ?? '';
    if (piece.trim() === '') continue;
    // "…: bug: open an issue, praise: …": a name with a colon belongs to what stands behind it.
    if (clauses.length > 0 && isHead(piece, parts[at + 1] ?? '') && parts[at + 2] !== undefined) {
      parts[at + 2] = `${piece}${parts[at + 1]}${parts[at + 2]}`;
      named.add(at + 2);
      continue;
    }
    const last = clauses.at(-1);
    // A bare condition needs what follows it: "if it is late, …" stays a clause of its own.
    const starts =
      last === undefined || named.has(at) || isMeaningful(piece) || (!isMeaningful(last) && clauses.length === 1);
    if (starts) clauses.push(piece.trim());
    else clauses[clauses.length - 1] = `${last}${parts[at - 1] ?? ' '}${piece}`.trim();
  }
  return clauses;
}

function isHead(piece: string, behind: string): boolean {
  return (
    /:|→|->|=>/u.test(behind) && /^\W*[\p{L}\p{N}-]+(?:\s[\p{L}\p{N}-]+)?\s*$/u.test(piece) && !isMeaningful(piece)
  );
}

function isMeaningful(piece: string): boolean {
  return (
    recognise(piece) !== undefined ||
    conditionStart.test(piece) ||
    loopStart.test(piece) ||
    /^\W*(?:otherwise|else|if not|sinon|sonst|ansonsten|andernfalls)\b/iu.test(piece) ||
    approvalWords.test(piece) ||
    validation.test(piece) ||
    comparison.test(piece) ||
    readOwnTime(piece)?.begins === true ||
    /\b(?:bad|invalid|good|valid)\s+rows?\b/iu.test(piece)
  );
}
