/**
 * Owns how the catalogue is searched by words. Deterministic: the same query always gives the same order.
 * Never asks a model and never reaches outside the catalogue.
 */
import { nodeCatalog } from './catalog.js';
import type { NodeType } from './node-type.js';

/** Words that people use, and the catalogue's word for each. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  mail: ['email'],
  mails: ['email'],
  'e-mail': ['email'],
  inbox: ['email'],
  teams: ['chat'],
  telegram: ['chat'],
  discord: ['chat'],
  whatsapp: ['chat'],
  rss: ['feed'],
  cron: ['schedule'],
  timer: ['schedule'],
  daily: ['schedule'],
  hourly: ['schedule'],
  nightly: ['schedule'],
  weekly: ['schedule'],
  loop: ['forEach', 'each'],
  iterate: ['forEach', 'each'],
  repeat: ['forEach', 'each'],
  condition: ['if'],
  else: ['if'],
  router: ['switch'],
  route: ['switch'],
  case: ['switch'],
  delay: ['wait'],
  sleep: ['wait'],
  pause: ['wait'],
  join: ['merge'],
  parallel: ['merge'],
  catch: ['errorHandler', 'error'],
  failure: ['errorHandler', 'error'],
  exception: ['errorHandler', 'error'],
  human: ['approval'],
  confirm: ['approval'],
  review: ['approval'],
  answer: ['respond'],
  response: ['respond'],
  api: ['http'],
  rest: ['http'],
  fetch: ['http'],
  scrape: ['http'],
  sql: ['database'],
  postgres: ['database'],
  postgresql: ['database'],
  mysql: ['database'],
  excel: ['sheet'],
  spreadsheet: ['sheet'],
  hubspot: ['crm'],
  salesforce: ['crm'],
  jira: ['issue'],
  linear: ['issue'],
  github: ['issue'],
  zendesk: ['ticket'],
  helpdesk: ['ticket'],
  notion: ['document'],
  docs: ['document'],
  s3: ['file'],
  upload: ['file'],
  download: ['file'],
  bucket: ['file'],
  stripe: ['payment'],
  refund: ['payment'],
  charge: ['payment'],
  meeting: ['calendar'],
  llm: ['ai'],
  gpt: ['ai'],
  summary: ['summarise'],
  summarize: ['summarise'],
  summarise: ['ai'],
  categorize: ['classify'],
  categorise: ['classify'],
  translate: ['ai'],
  javascript: ['code'],
  script: ['code'],
  python: ['code'],
  dedupe: ['filter'],
  map: ['transform'],
  text: ['sms'],
  phone: ['sms'],
};

const STOP_WORDS = new Set(
  'a an and the to of in on for with by from or is are it this that then when if i we my our me at as be'.split(' '),
);

const WEIGHTS = {
  type: 12,
  kind: 9,
  title: 8,
  keyword: 6,
  description: 2,
  docs: 1,
  synonym: 0.6,
  prefix: 0.4,
} as const;

interface IndexedType {
  readonly nodeType: NodeType;
  readonly weights: ReadonlyMap<string, number>;
}

// Words are compared in the singular, so the keys have to be as well.
const synonyms: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(SYNONYMS).map(([word, meanings]) => [wordsOf(word)[0] ?? word, meanings.flatMap(wordsOf)]),
);

const index: readonly IndexedType[] = nodeCatalog.map((nodeType) => ({ nodeType, weights: weighWords(nodeType) }));

/**
 * Node types that fit a query, best first, `limit` at most (1 to 50). Ties keep the order of the catalogue.
 * Words are matched regardless of case, plural and common synonyms, in type, kind, title, keywords, description and docs.
 * An empty result means that no word of the query is known.
 */
export function searchNodeTypes(query: string, limit = 8): NodeType[] {
  const whole = query.trim().toLowerCase();
  const words = wordsOf(query.slice(0, 500));
  const meaningful = words.filter((word) => !STOP_WORDS.has(word));
  // "if" is a stop word in a sentence and a node type on its own.
  const terms = expand(meaningful.length > 0 ? meaningful : words);
  const scored = index
    .map((entry) => ({
      nodeType: entry.nodeType,
      score: score(entry, terms) + (entry.nodeType.type.toLowerCase() === whole ? 1000 : 0),
    }))
    .filter((entry) => entry.score > 0);
  scored.sort((left, right) => right.score - left.score);
  return scored.slice(0, Math.min(Math.max(Math.trunc(limit), 1), 50)).map((entry) => entry.nodeType);
}

function weighWords(nodeType: NodeType): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  const add = (text: string, weight: number): void => {
    for (const word of new Set(wordsOf(text))) weights.set(word, Math.max(weights.get(word) ?? 0, weight));
  };
  add(nodeType.docs, WEIGHTS.docs);
  add(nodeType.description, WEIGHTS.description);
  for (const keyword of nodeType.keywords) add(keyword, WEIGHTS.keyword);
  add(nodeType.title, WEIGHTS.title);
  add(nodeType.kind, WEIGHTS.kind);
  add(nodeType.category, WEIGHTS.keyword);
  add(nodeType.type, WEIGHTS.type);
  return weights;
}

function score(entry: IndexedType, terms: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const [term, factor] of terms) {
    const exact = entry.weights.get(term);
    if (exact !== undefined) {
      total += exact * factor;
    } else if (term.length >= 4) {
      let best = 0;
      for (const [word, weight] of entry.weights) if (word.startsWith(term)) best = Math.max(best, weight);
      total += best * factor * WEIGHTS.prefix;
    }
  }
  return total;
}

function expand(words: readonly string[]): ReadonlyMap<string, number> {
  const terms = new Map<string, number>();
  for (const word of words) terms.set(word, 1);
  for (const word of words) {
    for (const synonym of synonyms.get(word) ?? []) {
      if (!terms.has(synonym)) terms.set(synonym, WEIGHTS.synonym);
    }
  }
  return terms;
}

/** Lower-case words; `forEach` gives `foreach`, `for` and `each`; a plural loses its s. */
function wordsOf(text: string): string[] {
  const parts = text.match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu) ?? [];
  const words = parts.flatMap((part) => {
    const pieces = part.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').split(/[\s-]+/);
    return pieces.length > 1 ? [part, ...pieces] : [part];
  });
  return words.map((word) => singular(word.toLowerCase()));
}

function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}
