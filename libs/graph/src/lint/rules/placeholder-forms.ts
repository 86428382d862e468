/** Patterns of values that still have to be filled in. */

/** Certain even inside program code. */
const ANYWHERE: readonly RegExp[] = [
  /<\s*(?:your|insert|enter|add|replace|put|fill)[\s_-][^<>]{0,60}>/i,
  /\b(?:REPLACE|CHANGE|FILL)[_-]?(?:ME|THIS|IN)\b/,
  /\bYOUR[_-][A-Z0-9][A-Z0-9_-]*/,
  /\bINSERT[_-][A-Z0-9_-]+[_-]HERE\b/,
];

/** Certain in values, but ordinary in code. `[link](https://…)` and `[link][1]` are Markdown. */
const IN_VALUES: readonly RegExp[] = [
  ...ANYWHERE,
  /^(?:todo|tbd|tbc|fixme|placeholder|changeme|to be (?:defined|determined|decided)|fill (?:me )?in|\.{3}|…)[.!:\s]*$/i,
  /<(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|NAME|EMAIL|URL|TOKEN|CHANNEL|ID|KEY|PLACEHOLDER)>/,
  /\[\s*(?:your|insert|enter|add|fill in|replace)\b[^[\]]{0,60}\](?![([])/i,
  /\[(?:(?:first |last |full |customer |company |recipient )?name|company|date|link|url|email)\](?![([])/i,
  /\$\{[A-Z][A-Z0-9_]*\}/,
  /^lorem ipsum\b/i,
];

/**
 * Placeholders when they are the whole value, ordinary words inside a sentence. The path of a URL may contain
 * `your-account`; its host may not.
 */
const ALONE: readonly RegExp[] = [
  /\b(?:TODO|TBD|FIXME):/,
  /(?<![\w.-])(?<!(?<!:\/)\/)your[-_][a-z0-9][\w.-]*/i,
  /(?<![a-z.])x{3,}(?![a-z])/i,
  /\blorem ipsum\b/i,
];

/** What remains to be filled in; `null` when nothing is certain. */
export function placeholderIn(value: string): string | null {
  const text = value.trim();
  return firstMatch(text, IN_VALUES) ?? (/\s/.test(text) ? null : firstMatch(text, ALONE));
}

/** Text that looks like a placeholder inside a sentence but may be intended. */
export function possiblePlaceholderIn(value: string): string | null {
  return firstMatch(value, ALONE);
}

/** The same for program code, in which brackets and dollar signs are ordinary. */
export function placeholderInCode(code: string): string | null {
  return firstMatch(code, ANYWHERE);
}

function firstMatch(text: string, patterns: readonly RegExp[]): string | null {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match) return match[0].trim().slice(0, 60);
  }
  return null;
}
