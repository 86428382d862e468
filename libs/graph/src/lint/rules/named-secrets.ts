/** Detects values that are secrets because of their name: a key, a header, a URL's query parameter, a variable in code. */
import { Template } from '../../expressions/parse-template.js';
import { placeholderIn } from './placeholder-forms.js';

/** Values under these names are always secrets. */
const CERTAIN =
  /^(?:(?:proxy-)?authorization|x-api-key|x-auth-token|api[-_]?key|api[-_]?token|access[-_]?token|auth[-_]?token|refresh[-_]?token|client[-_]?secret|secret(?:[-_]?key)?|private[-_]?key|password|passwd|passphrase)$/i;

/** Names with these endings usually hold a secret: `X-Acme-Token`, `dbPassword`, `acme_api_key`. */
const LIKELY = /(?:token|secret|password|passwd|pwd|api[-_]?key|access[-_]?key)$/i;
const HARMLESS =
  /^x-csrf-token$|(?:^|[-_])(?:(?:next[-_]?)?page|next|continuation|sync|csrf|xsrf|cancel|cancellation)[-_]?token$/i;

/** In a URL's query, these short names do too. */
const LIKELY_IN_QUERY = /^(?:key|sig|signature|auth|code|token|hash)$/i;

/** A scheme alone is not a secret, whatever follows it. */
const SCHEME = /^\s*(?:bearer|basic|token|api-?key|key|digest|negotiate|hmac|aws4-hmac-sha256)(?:\s+|$)/i;

/** Common non-secret values, and names of variables that hold the secret elsewhere. */
const NO_SECRET =
  /^(?:none|null|undefined|true|false|n\/a|required|optional|no-?check|fetch|string|password|passwd|secret|token|api[-_ ]?key|authorization|bearer|[A-Z]+(?:_[A-Z]+)+|\*+|•+)$/i;

const SHORTEST = 6;
/** Under these names even a short value may grant access. */
const SHORTEST_AUTHORIZATION = 3;

/**
 * Whether `value` is a secret under this name. Expressions in it count as values from elsewhere.
 * @param isHeader headers with names like `X-Acme-Token` almost always carry secrets
 */
export function isSecretUnder(name: string, value: Template, isHeader: boolean): boolean {
  const certain = CERTAIN.test(name);
  const likely = !HARMLESS.test(name) && LIKELY.test(name);
  if (!certain && !likely) return false;
  const { literal, hasExpressions } = literalOf(value);
  const written = literal.replace(SCHEME, '').trim();
  if (NO_SECRET.test(written) || placeholderIn(written) !== null) return false;
  if (hasExpressions) return written.split(/\s+/).some((word) => looksRandom(word) && !word.startsWith('/'));
  if (!certain && !isHeader) return looksRandom(written);
  return written.length >= (/authorization$/i.test(name) ? SHORTEST_AUTHORIZATION : SHORTEST);
}

/** The name of the first secret in the query of a URL in the text; `null` when there is none. */
export function secretInQuery(text: string): string | null {
  for (const [, name = '', value = ''] of text.matchAll(/[?&]([\w.[\]-]{1,60})=([^&#\s"'<>]{1,2000})/g)) {
    if (isSecretUnder(name, new Template(value), false)) return name;
    if (LIKELY_IN_QUERY.test(name) && value.length >= 16 && looksRandom(literalOf(new Template(value)).literal))
      return name;
  }
  return null;
}

/** The name of the first secret written as a literal in program code; `null` when there is none. */
export function secretInCode(code: string): string | null {
  const assigned = /(["'`]?)([\w-]{1,60})\1\]?\s*[:=]\s*(["'`])((?:\\.|(?!\3)[^\\\n]){1,2000})\3/g;
  for (const [, , name = '', , text = ''] of code.matchAll(assigned)) {
    const value = text.replace(/\$\{[^}]*\}/g, '{{ x }}').replace(SCHEME, '');
    if (!/\s/.test(value.replaceAll('{{ x }}', '')) && isSecretUnder(name, new Template(value), false)) return name;
  }
  return null;
}

/** The literal part: expressions leave a gap, except those that are only a quoted text. */
function literalOf({ text, expressions }: Template): { literal: string; hasExpressions: boolean } {
  let literal = '';
  let from = 0;
  let hasExpressions = false;
  for (const expression of expressions) {
    const quoted = /^\s*(["'])((?:\\.|(?!\1)[^\\])*)\1\s*$/.exec(expression.source)?.[2];
    if (quoted === undefined) hasExpressions = true;
    literal += text.slice(from, expression.start) + (quoted ?? ' ');
    from = expression.end;
  }
  return { literal: literal + text.slice(from), hasExpressions };
}

function looksRandom(text: string): boolean {
  return text.length >= 8 && !/\s/.test(text) && /\d/.test(text) && /[a-z]/i.test(text);
}
