/** Word search in the catalogue. Deterministic: the same query always gives the same order. */
import MiniSearch from 'minisearch';
import { ownValue } from '#libs/contracts';
import { nodeCatalog } from './catalog.js';
import type { NodeType } from './node-type.js';
import commonWords from './synonyms.json' with { type: 'json' };

const STOP_WORDS = new Set(
  'a an and the to of in on for with by from or is are it this that then when if i we my our me at as be'.split(' '),
);

/** The weight of a match in each field. */
const boost = { type: 12, kind: 9, title: 8, keywords: 6, category: 6, description: 2, docs: 1 };
const SYNONYM_FACTOR = 0.6;

// The catalogue's words for common ones. Words are compared in the singular, so the keys must be singular too.
const synonyms: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(commonWords).map(([word, meanings]) => [wordsOf(word)[0] ?? word, meanings.flatMap(wordsOf)]),
);

interface Catalogue {
  index: MiniSearch<NodeType>;
  types: ReadonlyMap<string, NodeType>;
}

let searchable: Catalogue | null = null;

/** Built on the first search: the page also loads the catalogue but never searches it. */
function catalogue(): Catalogue {
  if (searchable) return searchable;
  const index = new MiniSearch<NodeType>({
    idField: 'type',
    fields: Object.keys(boost),
    extractField: (nodeType, field) => String(ownValue(nodeType, field)),
    tokenize: wordsOf,
    processTerm: (word) => word,
    // No length normalisation: the field weights alone decide.
    searchOptions: { boost, prefix: (word) => word.length >= 4, bm25: { k: 1.2, b: 0, d: 0.5 } },
  });
  index.addAll(nodeCatalog);
  searchable = { index, types: new Map(nodeCatalog.map((nodeType) => [nodeType.type, nodeType])) };
  return searchable;
}

/**
 * Node types that match a query, best first, at most `limit` (1 to 50). Words match regardless of case, plural and common
 * synonyms, in type, kind, title, keywords, description and docs. An empty result means that no word of the query is known.
 */
export function searchNodeTypes(query: string, limit = 8): NodeType[] {
  const whole = query.trim().toLowerCase();
  const words = [...new Set(wordsOf(query.slice(0, 500)))];
  const meaningful = words.filter((word) => !STOP_WORDS.has(word));
  // "if" is a stop word in a sentence, but a node type on its own.
  const asked = meaningful.length > 0 ? meaningful : words;
  const meant = asked.flatMap((word) => synonyms.get(word) ?? []).filter((word) => !asked.includes(word));
  const { index, types } = catalogue();
  const found = index.search([...asked, ...new Set(meant)].join(' '), {
    boostTerm: (word) => (asked.includes(word) ? 1 : SYNONYM_FACTOR),
    boostDocument: (type) => (type.toLowerCase() === whole ? 1000 : 1),
  });
  return found.slice(0, Math.min(Math.max(Math.trunc(limit), 1), 50)).flatMap(({ id }) => types.get(id) ?? []);
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
