/** How long a hook still waits. */
import { useEffect, useState } from 'react';
import { remainingWords } from './remaining-words.js';

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
