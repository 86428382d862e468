/** How long a hook remains open. */
import { useEffect, useState } from 'react';

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

export function ExpiresIn({ at }: { at: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()} className="whitespace-nowrap text-warn text-xs">
      {remainingWords(Date.parse(at) - now)}
    </time>
  );
}
