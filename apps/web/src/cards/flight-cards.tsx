/** Cards for flights: the offer to approve, and the outcome. */
import { Plane, PlaneTakeoff, TicketX } from 'lucide-react';
import { type Fields, fieldsOf, numberIn, textIn } from '../fields.js';

function Route({ fields }: { fields: Fields }) {
  const flight = fieldsOf(fields.flight);
  const stops = numberIn(flight, 'stops');
  const passengers = numberIn(fields, 'passengers');
  return (
    <div className="min-w-0 flex-1">
      <p className="font-medium text-[0.9375rem]">
        {textIn(flight, 'from')} → {textIn(flight, 'to')}
      </p>
      <p className="text-ink-soft text-sm">
        {momentText(flight.departsAt)} – {momentText(flight.arrivesAt, true)}
      </p>
      <p className="text-ink-faint text-xs">
        {textIn(flight, 'number')} · {stops === 0 ? 'direct' : stops === 1 ? '1 stop' : `${stops ?? '?'} stops`} ·{' '}
        {passengers === 1 ? '1 passenger' : `${passengers ?? '?'} passengers`}
      </p>
    </div>
  );
}

export function OfferCard({ fields }: { fields: Fields }) {
  const total = numberIn(fields, 'totalCents');
  const seen = numberIn(fields, 'seenTotalCents');
  const moved = total !== null && seen !== null && total !== seen;
  return (
    <section
      aria-label="Offer"
      data-testid="offer-card"
      className="flex items-start gap-3 rounded-xl border border-line bg-surface p-4"
    >
      <Plane aria-hidden className="mt-1 size-4 shrink-0 text-accent" />
      <Route fields={fields} />
      <div className="text-right">
        <p className="font-semibold">{moneyText(total, fields.currency)}</p>
        {moved ? (
          <p data-testid="price-moved" className="text-warn text-xs">
            was {moneyText(seen, fields.currency)}
          </p>
        ) : null}
      </div>
    </section>
  );
}

const unavailable = 'This flight is no longer available. Nothing was booked.';

const endings: ReadonlyMap<string, string> = new Map([
  ['declined', 'Not approved. Nothing was booked.'],
  ['expired', 'Nobody approved it in time. Nothing was booked.'],
  ['unavailable', unavailable],
]);

export function BookingCard({ fields }: { fields: Fields }) {
  const status = textIn(fields, 'status') ?? 'unavailable';
  if (status !== 'booked') {
    return (
      <p
        data-testid="booking-card"
        data-status={status}
        className="flex gap-2.5 rounded-xl border border-line px-4 py-3 text-ink-soft text-sm"
      >
        <TicketX aria-hidden className="mt-0.5 size-4 shrink-0" />
        {endings.get(status) ?? unavailable}
      </p>
    );
  }
  return (
    <section
      aria-label="Booking"
      data-testid="booking-card"
      data-status={status}
      className="rounded-xl border border-good/40 bg-surface p-4"
    >
      <div className="flex items-start gap-3">
        <PlaneTakeoff aria-hidden className="mt-1 size-4 shrink-0 text-good" />
        <Route fields={fields} />
        <div className="text-right">
          <p className="font-semibold">{moneyText(numberIn(fields, 'totalCents'), fields.currency)}</p>
          <p className="font-mono text-ink-soft text-xs">{textIn(fields, 'reference')}</p>
        </div>
      </div>
      <p className="mt-3 border-line border-t pt-3 text-ink-soft text-sm">
        {fields.checkIn === 'open'
          ? 'Check-in is open.'
          : `Booked. Check-in opens ${momentText(fields.checkInOpensAt)}.`}
      </p>
    </section>
  );
}

/** `12300`, `EUR` → `€123.00`; a dash when a value is missing. */
function moneyText(cents: number | null, currency: unknown): string {
  if (cents === null) return '–';
  const known = typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) ? currency : 'EUR';
  return new Intl.NumberFormat('en', { style: 'currency', currency: known }).format(cents / 100);
}

/** A short text for a timetable's local time (no zone) or for an instant. */
function momentText(moment: unknown, timeOnly = false): string {
  if (typeof moment !== 'string' || Number.isNaN(Date.parse(moment))) return '–';
  const date = new Date(moment);
  const time = date.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });
  if (timeOnly) return time;
  return `${date.toLocaleDateString('en', { weekday: 'short', day: 'numeric', month: 'short' })}, ${time}`;
}
