/**
 * Time zones by name, from this process's IANA database. An accepted name contains only letters, digits and `_+-/`, so it
 * is safe to put in a model's prompt.
 */

const nameShape = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;

/** The name in its canonical spelling, or `null` when there is no such time zone. */
export function knownTimeZone(name: string): string | null {
  if (!nameShape.test(name)) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
