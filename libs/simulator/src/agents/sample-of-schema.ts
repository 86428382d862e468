/**
 * Generates a value that fits a JSON Schema, for structured answers that no rule of the simulator covers. Supports the
 * subset of JSON Schema that model providers accept; anything else becomes `null`.
 */
const MAX_DEPTH = 12;
const MAX_TEXT = 200;

interface Schema {
  type?: unknown;
  enum?: unknown;
  const?: unknown;
  anyOf?: unknown;
  properties?: unknown;
  required?: unknown;
  items?: unknown;
  minItems?: unknown;
  minimum?: unknown;
  maxLength?: unknown;
}

/** Texts are the prompt's own words, cut to what the schema allows; lists have as few items as allowed. */
export function sampleOf(schema: unknown, prompt: string, depth = 0): unknown {
  if (depth > MAX_DEPTH || typeof schema !== 'object' || schema === null) return null;
  const { type, properties, items, ...rest }: Schema = schema;
  if (rest.const !== undefined) return rest.const;
  if (Array.isArray(rest.enum)) return rest.enum[0] ?? null;
  if (Array.isArray(rest.anyOf)) return sampleOf(rest.anyOf[0], prompt, depth + 1);
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(typeof properties === 'object' && properties !== null ? properties : {}).map(([name, inner]) => [
          name,
          sampleOf(inner, prompt, depth + 1),
        ]),
      );
    case 'array':
      return Array.from({ length: Math.min(20, numberOr(rest.minItems, 0)) }, () => sampleOf(items, prompt, depth + 1));
    case 'string':
      return prompt.slice(0, Math.min(MAX_TEXT, numberOr(rest.maxLength, MAX_TEXT)));
    case 'integer':
    case 'number':
      return numberOr(rest.minimum, 1);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
