/**
 * What a recogniser is: words that ask for a step, and how the step is drawn. Owns the shape and what several of them need.
 */
import type { Draft } from './draft.js';
import { fieldName } from './quantities.js';

export interface Recogniser {
  id: string;
  pattern: RegExp;
  /** Adds the nodes for this clause behind the current path. */
  draw(draft: Draft, clause: string): void;
  /** What to look up in the catalogue. */
  query: string;
}

const address = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/u;
const article = "(?:the |our |my |your |l'|le |la |les |notre |nos |den |die |das |dem |der |unser\\w* )?";
const people =
  /\b(?:customers?|clients?|users?|them|him|her|leads?|applicants?|senders?|kund\w+|authors?|candidates?|guests?|subscribers?|attendees?|members?|new (?:hire|employee|colleague)|people|welcome|reply)\b/iu;
const notPeople =
  /^(?:summary|report|it|result|results|digest|list|message|email|mail|a|an|with|about|by|via|per|bericht|zusammenfassung|résumé|all|everything|me|myself|us|mir|uns|moi|nous|in|on|when|if)$/iu;

/** Who gets a message: an address in the words, the person that this is about, or a setting named after the role. */
export function recipient(clause: string, draft: Draft): string {
  const written = address.exec(clause)?.[0];
  if (written) return written;
  const named = [
    new RegExp(`\\b(?:to|sent to|an|à)\\s+${article}([\\p{L}-]+)`, 'iu'),
    new RegExp(
      `(?:e-?mail|mail|notify|alert|inform|tell|remind|ping|préviens|prévenir|informe\\w*|avertis|benachrichtig\\w*|informier\\w*)\\s+${article}([\\p{L}-]+)`,
      'iu',
    ),
  ]
    .map((pattern) => pattern.exec(clause)?.[1])
    .find((name) => name !== undefined && !notPeople.test(name));
  if (named !== undefined && !people.test(named)) return `{{ settings.${fieldName(named, 'recipient')}Email }}`;
  if (people.test(clause)) return draft.facts.person;
  return '{{ settings.recipientEmail }}';
}

/** A name for a setting that holds the address of a service: `settings.inventoryApiUrl`. */
export function serviceUrl(name: string): string {
  return `{{ settings.${fieldName(name, 'service')}Url }}`;
}
