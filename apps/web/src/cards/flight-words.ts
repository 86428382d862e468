/** Money and moments as the cards print them. */

/** `12300`, `EUR` → `€123.00`; a dash when there is nothing to print. */
export function moneyText(cents: number | null, currency: unknown): string {
  if (cents === null) return '–';
  const known = typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) ? currency : 'EUR';
  return new Intl.NumberFormat('en', { style: 'currency', currency: known }).format(cents / 100);
}

/** A timetable's moment (without a zone: local to its place) or an instant, in short words. */
export function momentText(moment: unknown, timeOnly = false): string {
  if (typeof moment !== 'string' || Number.isNaN(Date.parse(moment))) return '–';
  const date = new Date(moment);
  const time = date.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });
  if (timeOnly) return time;
  return `${date.toLocaleDateString('en', { weekday: 'short', day: 'numeric', month: 'short' })}, ${time}`;
}
