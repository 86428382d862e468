/** Parsing of environment settings, the same for every program. Each program defines its own settings and defaults. */

/** What the value of a boolean setting may be, as `stringbool` of zod takes it. */
export const flagWords = {
  truthy: ['true', 'yes', 'on', '1'],
  falsy: ['false', 'no', 'off', '0'],
  error: 'must be true or false (yes and no, on and off, 1 and 0 will do)',
};

/** `NAME=` means the same as no line at all: an `.env` file and Docker Compose both pass on empty values. */
export function withoutEmptySettings(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(given);
}
