/**
 * What a workflow that starts by the clock has to read before it can summarise or send it. Owns where it is read from.
 */
import { recognise } from './clauses.js';
import type { Draft } from './draft.js';
import { drawHttp } from './service-recognisers.js';

/** "Summarise the tickets from Zendesk", by the clock: what is summarised has to be read first. */
export function drawSource(draft: Draft, clause: string): void {
  if (needsNothing(draft)) return;
  const store = ['database', 'sheet'].includes(recognise(clause.replace(/^\W*[\p{L}-]+/u, ''))?.id ?? '');
  const what = clause.replace(/^\W*[\p{L}-]+\s*/u, '');
  if (store) {
    recognise(what)?.draw(draft, `Read ${what}`);
    return;
  }
  const service = /\b(?:from|in|on|aus|von|de|dans)\s+(?:the |our |le |la |les )?([\p{L}-]+)/iu.exec(what)?.[1];
  if (service !== undefined)
    drawHttp(draft, `Get ${what.replace(/\s+(?:from|in|on|aus|von|de|dans)\s.*$/iu, '')} through the ${service} API`);
}

/** "Email a report from MySQL", by the clock: what is sent has to be read first. */
export function drawStore(draft: Draft, clause: string): void {
  if (needsNothing(draft)) return;
  const store =
    /\b(?:from|aus|de)\s+((?:the |our )?(?:postgres\w*|mysql|mariadb|mongo\w*|sqlite|database|datenbank|google sheets?|airtable))\b/iu.exec(
      clause,
    )?.[1];
  if (store !== undefined) recognise(store)?.draw(draft, `Read from ${store}`);
}

function needsNothing({ facts }: Draft): boolean {
  return facts.triggerType !== 'trigger.schedule' || facts.list !== undefined || facts.written;
}
