/**
 * Time zones by name, as the IANA database of this process knows them. A name that was accepted holds nothing but letters, digits
 * and `_+-/`, so it may stand in what a model is told.
 */

const nameShape = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;

/** The name in its usual spelling, or `null` when there is no such time zone. */
export function knownTimeZone(name: string): string | null {
  if (!nameShape.test(name)) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
