import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { DataCard } from './data-card.js';

const html = (type: string, data: unknown) => renderToStaticMarkup(<DataCard type={type} data={data} />);
const flight = {
  number: 'HF 123',
  from: 'Berlin',
  to: 'Lisbon',
  departsAt: '2026-12-04T06:15',
  arrivesAt: '2026-12-04T09:30',
  stops: 0,
};

describe('a card of a data part', () => {
  it('shows a draft with its length', () => {
    const shown = html('data-draft', { number: 2, text: 'Hello <b>', characters: 9 });
    expect(shown).toContain('Draft 2');
    expect(shown).toContain('Hello &lt;b&gt;');
    expect(shown).toContain('9 of 280');
  });

  it('says honestly that an approved post went nowhere', () => {
    expect(html('data-post', { status: 'published', text: 'Hello', characters: 5 })).toContain(
      'isn’t connected to a social network',
    );
    expect(html('data-post', { status: 'expired', text: 'Hello' })).toContain('Nothing was published');
  });

  it('shows the price of an offer, and the one before when it moved', () => {
    const offer = { flight, passengers: 2, totalCents: 24_000, seenTotalCents: 22_600, currency: 'EUR' };
    expect(html('data-flight-offer', offer)).toContain('was €226.00');
    expect(html('data-flight-offer', { ...offer, seenTotalCents: 24_000 })).not.toContain('was');
  });

  it('shows a booking with its reference, and how the others ended', () => {
    expect(html('data-booking', { status: 'booked', flight, reference: 'AB12CD', checkIn: 'open' })).toContain(
      'AB12CD',
    );
    expect(html('data-booking', { status: 'declined' })).toContain('Nothing was booked');
  });

  it.each(['data-draft', 'data-post', 'data-flight-offer', 'data-booking', 'data-reminder', 'data-unknown'])(
    'stands parts of any shape: %s',
    (type) => {
      for (const data of [null, 42, [], {}, { flight: 'x', totalCents: 'y', text: 7 }, { status: 'constructor' }]) {
        html(type, data);
      }
    },
  );
});
