/** A remaining time in its largest whole unit, rounded down: `6 days left`. */
export function remainingWords(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  if (seconds <= 0) return 'time is up';
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
    ['second', 1],
  ] as const;
  const [unit, size] = units.find(([, length]) => seconds >= length) ?? units[3];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? '' : 's'} left`;
}
