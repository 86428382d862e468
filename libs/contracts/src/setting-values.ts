/**
 * How settings are written in the environment, the same for every program. Which settings there are, and their defaults, belongs
 * to each program.
 */

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/** What a switch may be set to; a sentence for whoever set it to something else. */
export const FLAG_RULE = 'must be true or false (yes and no, on and off, 1 and 0 will do)';

/** @returns `null` when the text is none of the forms of a switch. Upper and lower case count the same. */
export function parseFlag(text: string): boolean | null {
  const name = text.trim().toLowerCase();
  return Object.hasOwn(FLAGS, name) ? (FLAGS[name] ?? null) : null;
}

/** `NAME=` means the same as no line at all: an `.env` file and Docker Compose both hand on empty values. */
export function withoutEmptySettings(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(given);
}
