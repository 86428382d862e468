/**
 * Data parts that an agent adds to its message besides text and tools. Unknown ones are not shown; they may be for other
 * clients.
 */
import { BellRing } from 'lucide-react';
import { fieldsOf, textIn } from '../fields.js';
import { BookingCard, OfferCard } from './flight-cards.js';
import { DraftCard, PostCard } from './post-cards.js';

export function DataCard({ type, data }: { type: string; data: unknown }) {
  const fields = fieldsOf(data);
  switch (type) {
    case 'data-draft':
      return <DraftCard fields={fields} />;
    case 'data-post':
      return <PostCard fields={fields} />;
    case 'data-flight-offer':
      return <OfferCard fields={fields} />;
    case 'data-booking':
      return <BookingCard fields={fields} />;
    case 'data-reminder':
      return (
        <p data-testid="reminder-card" className="flex gap-2.5 rounded-xl bg-accent-soft px-3.5 py-2.5 text-sm">
          <BellRing aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
          {textIn(fields, 'text')}
        </p>
      );
    default:
      return null;
  }
}
