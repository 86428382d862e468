/** Parsing of environment settings, the same for every program. Each program defines its own settings and defaults. */

const YES: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1']);
const NO: ReadonlySet<string> = new Set(['false', 'no', 'off', '0']);

/** The valid values of a boolean setting, as an error message. */
export const FLAG_RULE = 'must be true or false (yes and no, on and off, 1 and 0 will do)';

/** @returns `null` when the text is not a valid boolean. Case-insensitive. */
export function parseFlag(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  return YES.has(word) || (NO.has(word) ? false : null);
}

/** `NAME=` means the same as no line at all: an `.env` file and Docker Compose both pass on empty values. */
export function withoutEmptySettings(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(given);
}
