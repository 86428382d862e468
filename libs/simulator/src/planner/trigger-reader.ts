/**
 * Finds out what starts the workflow, and takes the words that say so out of the prompt. Owns the recognition of triggers in
 * English, French and German; never reads actions.
 */

import { type EventSource, eventSources } from './event-sources.js';
import type { Parameters } from './plan.js';
import { fieldName, labelFrom } from './quantities.js';
import { readSchedule, readTimeBeyondCron } from './schedule-reader.js';

export interface TriggerReading {
  type: string;
  label: string;
  parameters: Parameters;
  /** What is left of the prompt: the actions. */
  rest: string;
  /** The words that were taken out; they may hold a condition or a loop. */
  clause: string;
  /** Nothing in the prompt said what starts it. */
  guessed: boolean;
  /** Words for a recurring time that no schedule can say; a person starts it instead. */
  unsaid?: string;
  /** Words for another event that should start it as well. */
  other?: string | undefined;
}

interface Clause {
  text: string;
  rest: string;
}

const when =
  "(?:when(?:ever)?|if|once|as soon as|every time|each time|on|si|quand|lorsqu[e']|dès qu[e']|chaque fois qu[e']|wenn|sobald|falls|jedes mal,? wenn)";
const startsWithWhen = new RegExp(`^\\s*${when}\\b`, 'iu');
const laterWhen =
  /[,;]?\s+(?:when(?:ever)?|as soon as|every time|each time|once|quand|lorsqu[e']|dès qu[e']|wenn|sobald)\s+([^.;→]+?)(?=,\s|[.;→]|\s(?:and then|then|und dann|dann|et puis|puis)\s|\s*$)/iu;
const arrival =
  /\b(?:arrives?|comes? in|is received|are received|lands?|is uploaded|are uploaded|uploads?|uploaded|appears?|is added|drops? into|dropped|hochgeladen|hochlädt|eingeht|ankommt|landet|eintrifft|est déposée?|dépose|arrive|reçoi[ts]|reçue?|téléchargée?|receives?|get(?:s)?)\b/iu;
const eventVerb =
  /\b(?:gets?|receives?|is (?:opened|merged|created|closed|published|cancelled|canceled|paid|signed|deployed|won|lost|shipped|submitted|booked|updated|changed|completed|finished)|opens|merges|fails|cancels|orders|buys|pays|signs up|subscribes|unsubscribes|annule|commande|paie|s'inscrit|bestellt|storniert|kündigt|bezahlt)\b/iu;

/** The trigger of a prompt. Always finds one: without a hint, a person starts the workflow by hand. */
export function readTrigger(prompt: string): TriggerReading {
  const whole = firstClause(prompt);
  const { text, other } = firstEvent(whole.text);
  const found = readOne(prompt, whole, { text, rest: whole.rest });
  return found.clause === text ? { ...found, other } : found;
}

function readOne(prompt: string, whole: Clause, first: Clause): TriggerReading {
  // "Email me when a form is submitted": the action comes first, and the event behind it.
  const actsFirst = !startsWithWhen.test(prompt) && laterWhen.test(whole.text) && !readSchedule(prompt);
  return (
    command(prompt) ??
    relativeDay(prompt) ??
    (actsFirst ? later(prompt) : undefined) ??
    row(first) ??
    form(first) ??
    feed(first) ??
    scheduled(prompt, whole) ??
    beyondCron(prompt, whole) ??
    file(first) ??
    mail(first) ??
    chat(first) ??
    webhook(first) ??
    later(prompt) ??
    recorded(prompt) ??
    manual(prompt)
  );
}

/** "When a form is submitted or an issue is opened": a workflow starts in one way, here the first. */
function firstEvent(text: string): { text: string; other?: string } {
  const match = startsWithWhen.test(text)
    ? /\s(?:or|oder|ou)\s+((?:(?:when(?:ever)?|if|wenn|quand|si)\s+)?(?:an?|the|our|some\w+|new|ein\w*|une?|le|la)\s.+)$/iu.exec(
        text,
      )
    : null;
  const other = match?.[1];
  const happens =
    other !== undefined && (arrival.test(other) || eventVerb.test(other) || /\s(?:is|are|wird|est)\s/iu.test(other));
  return match && happens ? { text: text.slice(0, match.index), other } : { text };
}

/** Up to the first comma, colon, arrow or full stop; a comma inside a number does not count. */
function firstClause(prompt: string): Clause {
  const end = /,(?=\s)|:(?=\s|$)|;|→|->|=>|[.!?](?=\s|$)|\n|\s(?:then|dann|alors|puis)\s/iu.exec(prompt);
  const text = end ? prompt.slice(0, end.index) : prompt;
  const rest = end ? prompt.slice(end.index + end[0].length).trim() : '';
  // "When a meeting is booked create a page, …": the action begins without a comma.
  const action = startsWithWhen.test(text)
    ? /(?<!\b(?:an?|the|any|each|every|new|our|my|this|or))\s(?=(?:create|send|post|add|open|email|notify|tell|write|draft|upload|forward|escalate|assign|translate|summari[sz]e|store|print|score|classify|extract|ask (?:them|him|her|the|why)|(?:i|we) (?:want|need|would like))\s(?!(?:i|we|that|where|is|are|was|has|gets?|arrives?|comes?|lands?|appears?|from|about|address|contains?)\b))/iu.exec(
        text.slice(12),
      )
    : null;
  if (!action) return { text, rest };
  const at = 12 + action.index;
  return { text: text.slice(0, at).replace(/\s+(?:and|then|und|et)$/iu, ''), rest: prompt.slice(at).trim() };
}

function reading(type: string, label: string, parameters: Parameters, clause: Clause): TriggerReading {
  return { type, label, parameters, rest: clause.rest, clause: clause.text, guessed: false };
}

function serviceOf(text: string): string | undefined {
  return /\b(slack|teams|telegram|discord|whatsapp)\b/iu.exec(text)?.[1]?.toLowerCase();
}

function command(prompt: string): TriggerReading | undefined {
  const match = /(?:^|[\s"'`(])(\/[a-z][\w-]+)(?=[\s"'`),.:→]|$)/iu.exec(prompt);
  if (!match?.[1] || /\bapi\b|https?:/iu.test(prompt.slice(0, match.index + match[0].length))) return undefined;
  const before = prompt.slice(0, match.index);
  const rest = prompt.slice(match.index + match[0].length).replace(/^[\s,:;→"'`)-]+>?\s*/u, '');
  const service = serviceOf(prompt) ?? 'slack';
  return reading('trigger.chat', `Command ${match[1]}`, { service, command: match[1] }, { text: before, rest });
}

/** "three days before their trial ends": looked for once a day. */
function relativeDay(prompt: string): TriggerReading | undefined {
  const match =
    /\b(?:\w+)\s+(?:days?|jours?|tage?|weeks?|wochen?|semaines?)\s+(?:before|vor|avant|after|nach|après)\s+([^,.;]+)/iu.exec(
      prompt,
    );
  if (!match || startsWithWhen.test(prompt)) return undefined;
  return reading(
    'trigger.schedule',
    'Every day at 9:00',
    { cron: '0 9 * * *', timezone: 'UTC' },
    { text: match[0], rest: prompt },
  );
}

function scheduled(prompt: string, first: Clause): TriggerReading | undefined {
  const schedule = readSchedule(prompt);
  if (!schedule) return undefined;
  // "Every hour the inventory is low, …" is rare; "When an order comes in, … every day at 8" waits instead.
  if (startsWithWhen.test(prompt) && schedule.index > first.text.length) return undefined;
  const rest = `${prompt.slice(0, schedule.index)} ${prompt.slice(schedule.index + schedule.length)}`;
  return reading(
    'trigger.schedule',
    schedule.label,
    { cron: schedule.cron, timezone: 'UTC' },
    { text: '', rest: rest.replace(/^[\s,:;]+/u, '').trim() },
  );
}

/** "Every other Tuesday": a time that cron cannot say, so a person starts it. */
function beyondCron(prompt: string, first: Clause): TriggerReading | undefined {
  const time = readTimeBeyondCron(prompt);
  if (!time || (startsWithWhen.test(prompt) && time.index > first.text.length)) return undefined;
  const rest = `${prompt.slice(0, time.index)} ${prompt.slice(time.index + time.length)}`
    .replace(/^[\s,:;]+/u, '')
    .trim();
  return {
    type: 'trigger.manual',
    label: 'Started by hand',
    parameters: {},
    rest,
    clause: '',
    guessed: true,
    unsaid: prompt.slice(time.index, time.index + time.length),
  };
}

function form(first: Clause): TriggerReading | undefined {
  const { text } = first;
  if (!/\b(?:form|formular|formulaire|survey|umfrage|questionnaire|fragebogen|typeform|sondage)\b/iu.test(text))
    return undefined;
  const name =
    /\b(?:the|a|our|das|ein|le|un|notre)\s+((?:[\p{L}-]+\s+){1,4}?)(?:form|survey|questionnaire|formular|umfrage)\b/iu
      .exec(text)?.[1]
      ?.trim();
  const title = name ? `${name.charAt(0).toUpperCase()}${name.slice(1)}` : 'Form';
  const fields: Parameters[] = [
    { name: 'name', type: 'text', label: 'Name', required: true },
    { name: 'email', type: 'email', label: 'Email', required: true },
    { name: 'company', type: 'text', label: 'Company' },
    { name: 'message', type: 'longText', label: 'Message' },
  ];
  return reading('trigger.form', name ? `${title} form filled in` : 'Form filled in', { title, fields }, first);
}

function feed(first: Clause): TriggerReading | undefined {
  if (!/\b(?:rss|atom feed|feed|flux rss|news ?feed|podcast)\b/iu.test(first.text)) return undefined;
  const url = /https?:\/\/[^\s,"')]+/u.exec(first.text)?.[0] ?? '{{ settings.feedUrl }}';
  return reading('trigger.feed', 'New feed entry', { url, interval: '15m' }, first);
}

function file(first: Clause): TriggerReading | undefined {
  const { text } = first;
  const kind =
    /\b(csv|pdf|xlsx?|excel|invoice|receipt|contract|image|photo|file|document|datei|rechnung|vertrag|bild|fichier|facture|contrat)s?\b/iu.exec(
      text,
    )?.[1];
  if (!kind || !arrival.test(text) || /\b(?:e-?mail|mail)\b/iu.test(text) || /\bwebhook\b/iu.test(text))
    return undefined;
  const storages: [RegExp, string, string][] = [
    [/\bs3\b|bucket/iu, 's3', 'incoming'],
    [/google drive|\bdrive\b/iu, 'googleDrive', 'Incoming'],
    [/dropbox/iu, 'dropbox', '/Incoming'],
    [/onedrive|sharepoint/iu, 'oneDrive', 'Incoming'],
    [/sftp|ftp/iu, 'sftp', '/incoming'],
  ];
  const [, storage, location] = storages.find(([pattern]) => pattern.test(text)) ?? [null, 'upload', 'incoming'];
  const patterns: [RegExp, string, string][] = [
    [/csv/iu, '*.csv', 'CSV'],
    [/pdf|invoice|rechnung|facture|contract|vertrag|contrat|receipt/iu, '*.pdf', 'PDF'],
    [/xls|excel/iu, '*.xlsx', 'Excel file'],
    [/image|photo|bild/iu, '*.{jpg,png}', 'Image'],
  ];
  const [, pattern, noun] = patterns.find(([candidate]) => candidate.test(text)) ?? [null, '*', 'File'];
  const name = /invoice|rechnung|facture/iu.test(text) ? 'Invoice' : noun;
  return reading('trigger.file', `${name} uploaded`, { storage, location, pattern }, first);
}

function row(first: Clause): TriggerReading | undefined {
  const { text } = first;
  const match =
    /\b(?:row|record|entry|zeile|datensatz|ligne|enregistrement)\b.*\b(?:table|postgres|mysql|database|datenbank|tabelle|base)\b/iu.exec(
      text,
    );
  if (!match || !startsWithWhen.test(text)) return undefined;
  const table = /\b(?:the|our|der|die|la)\s+(\w+)\s+(?:table|tabelle)|\btable\s+["'`]?(\w+)/iu.exec(text);
  const name = fieldName(table?.[1] ?? table?.[2] ?? 'records', 'records');
  const on = /\b(?:chang|updat|geändert|modifi)/iu.test(text)
    ? 'update'
    : /delet|lösch|supprim/iu.test(text)
      ? 'delete'
      : 'insert';
  const engine = /mysql/iu.test(text) ? 'mysql' : /mongo/iu.test(text) ? 'mongodb' : 'postgres';
  return reading('trigger.database', `Row in ${name}`, { engine, table: name, on }, first);
}

function mail(first: Clause): TriggerReading | undefined {
  const { text } = first;
  if (!/\b(?:e-?mails?|mails?|courriels?|inbox|posteingang|mailbox)\b/iu.test(text)) return undefined;
  const arrives =
    arrival.test(text) ||
    /^\s*(?:new|incoming|for each|for every|neue|nouve)/iu.test(text) ||
    startsWithWhen.test(text);
  if (!arrives || /\b(?:send|email the|notify|versende|envoie)\b/iu.test(text)) return undefined;
  const address = /[\w.+-]+@[\w-]+\.[\w.-]+\w/u.exec(text)?.[0];
  const topic = /\b(support|sales|billing|job|application|order|invoice|bewerbung|bestell)/iu
    .exec(text)?.[1]
    ?.toLowerCase();
  const boxes: Record<string, string> = {
    bestell: 'orders',
    order: 'orders',
    invoice: 'invoices',
    job: 'jobs',
    application: 'jobs',
    bewerbung: 'jobs',
  };
  const box = topic === undefined ? 'inbox' : (boxes[topic] ?? topic);
  const label = box === 'inbox' ? 'New email' : `New ${box} email`;
  return reading('trigger.email', label, { mailbox: address ?? `${box}@acme.io` }, first);
}

function chat(first: Clause): TriggerReading | undefined {
  const { text } = first;
  const service =
    serviceOf(text) ?? (/\b(?:website chat|live chat|chatbot|chat widget)\b/iu.test(text) ? 'website' : undefined);
  const speaks =
    /\b(?:message|mention|asks?|writes?|says?|posts|fragt|schreibt|nachricht|écrit|demande|bot|reacts?)\b/iu.test(text);
  if (!service || !speaks || !(startsWithWhen.test(text) || /\bbot\b/iu.test(text))) return undefined;
  const channel = /#[\w-]+/u.exec(text)?.[0];
  const label = `Message in ${service.charAt(0).toUpperCase()}${service.slice(1)}`;
  return reading('trigger.chat', label, { service, ...(channel ? { channel } : {}) }, first);
}

function webhook(first: Clause): TriggerReading | undefined {
  const { text } = first;
  const explicit = /\bwebhook\b/iu.test(text);
  const fresh = /^\s*(?:new|incoming|neue[rs]?|nouve\w+)\b(?!\s+(?:workflow|automation|ablauf)\b)/iu.test(text);
  // "New invoice over 500: ask the CFO": a few words that name what comes in.
  const named = fresh && text.split(/\s+/u).length < 7 && sourceOf(text) === undefined;
  const news = (eventVerb.test(text) || fresh) && sourceOf(text) !== undefined;
  const happens = startsWithWhen.test(text) || (first.rest !== '' && (news || named));
  if (!explicit && !happens) return undefined;
  if (
    startsWithWhen.test(text) &&
    /\b(?:i|we|someone|somebody|ich|jemand)\s+(?:click|press|start|run|klick|drück)/iu.test(text)
  ) {
    return { ...manual(text), rest: first.rest, guessed: false };
  }
  return fromEvent(text, first);
}

function later(prompt: string): TriggerReading | undefined {
  const match = laterWhen.exec(prompt);
  const clause = match?.[1];
  if (!match || clause === undefined) return undefined;
  const event = firstClause(`when ${clause.trim()}`);
  const text = event.text.replace(/^when\s/u, '');
  const isEvent = eventVerb.test(text) || arrival.test(text) || sourceOf(text) !== undefined;
  if (!isEvent) return undefined;
  const before = prompt
    .slice(0, match.index)
    .replace(/^(?:\W|\b(?:hey|hi|hello|so|basically|ok(?:ay)?|well)\b)+/iu, '');
  const rest = `${before}${event.rest === '' ? '' : `, ${event.rest}`}${prompt.slice(match.index + match[0].length)}`
    .replace(/^[\s,;]+/u, '')
    .trim();
  const moved = { text, rest };
  return form(moved) ?? feed(moved) ?? file(moved) ?? mail({ text: `when ${text}`, rest }) ?? fromEvent(text, moved);
}

/** "each finished Zoom recording": an event of a service, in the middle of what is to be done with it. */
function recorded(prompt: string): TriggerReading | undefined {
  const match =
    /\b(?:each|every|any|all|jede[nrs]?|chaque)\s+(?:new |finished |incoming |neue[nrs]? )?((?:\w+\s+){0,2}?(?:recording|meeting|call|order|payment|pull request|ticket|lead|signup|aufzeichnung|bestellung|commande|réunion)s?)\b/iu.exec(
      prompt,
    );
  if (!match?.[1]) return undefined;
  const rest = `${prompt.slice(0, match.index)}it${prompt.slice(match.index + match[0].length)}`;
  return fromEvent(match[0], { text: match[0], rest });
}

function sourceOf(text: string): EventSource | undefined {
  return eventSources.find((source) => source.pattern.test(text));
}

function fromEvent(text: string, clause: Clause): TriggerReading {
  const source = sourceOf(text);
  const label = labelFrom(
    text.replace(startsWithWhen, '').replace(/^\s*(?:an?|the|each|every|ein[er]?|une?|der|die|das|le|la)\s+/iu, ''),
    'Webhook',
  );
  const events = source?.events(text) ?? [];
  const parameters: Parameters = { method: 'POST', path: fieldName(label, 'event') };
  if (source) parameters.source = source.name;
  if (events.length > 0) parameters.events = events;
  const labelled = /\blabel(?:led)?\b\s*["'‘“]?([\w-]+)/iu.exec(text)?.[1];
  if (labelled) parameters.condition = `trigger.body.label == '${labelled}'`;
  return reading('trigger.webhook', label, parameters, clause);
}

function manual(prompt: string): TriggerReading {
  const onboarding = /\b(?:onboard|new (?:employee|hire|colleague)|neue[rn]? mitarbeiter|nouvel employé)/iu.test(
    prompt,
  );
  const customers =
    /\b(?:answers?|replies|respond|beantwortet?|répond)\b.*\b(?:customers?|clients?|kunden|questions|users|visitors)\b/iu.test(
      prompt,
    );
  if (customers) {
    return {
      type: 'trigger.chat',
      label: 'A customer writes',
      parameters: { service: 'website' },
      rest: prompt,
      clause: '',
      guessed: true,
    };
  }
  const inputs = onboarding
    ? [
        { name: 'employeeName', description: 'Full name of the new employee' },
        { name: 'email', description: 'Private address of the new employee' },
      ]
    : [];
  return {
    type: 'trigger.manual',
    label: 'Started by hand',
    parameters: inputs.length > 0 ? { inputs } : {},
    rest: withoutHeading(prompt),
    clause: '',
    guessed: !/\b(?:manual|by hand|button|click|on demand|onboard|manuell|per hand|knopf|manuel|bouton)/iu.test(prompt),
  };
}

/** "Onboard a new employee: create accounts …": what stands before the colon is a heading. */
function withoutHeading(prompt: string): string {
  const heading = /^([^:.;,]{3,60}):\s+(?=\S)/u.exec(prompt);
  return heading ? prompt.slice(heading[0].length) : prompt;
}
