/**
 * Edge ids, derived from what the edge joins: the same connection made twice, by a repeated step or by two people, is one
 * edge.
 */

/** Id of the edge from `source` through `branch` to `target`; the same three always give the same id. */
export function edgeIdOf(source: string, branch: string | null | undefined, target: string): string {
  const text = JSON.stringify([source, branch ?? null, target]);
  return `e_${hash(text, 1)}${hash(text, 2)}`;
}

/** Bryc's cyrb53 (public domain): 53 well-mixed bits; no cryptographic strength is needed here. */
function hash(text: string, seed: number): string {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36).padStart(11, '0');
}
