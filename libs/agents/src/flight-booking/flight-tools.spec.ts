import { describe, expect, it } from 'vitest';
import type { AirlineClient, BookingAnswer } from './airline-client.js';
import { bookingOutputSchema, bookingTools } from './flight-tools.js';

const order = { flightId: 'HF100', passengers: 1, maxTotalCents: 9_900 };
const call = { idempotencyKey: 'run:call_1', signal: new AbortController().signal };

function airlineThatAnswers(answer: BookingAnswer) {
  const asked: { order: unknown; key: string }[] = [];
  const airline: AirlineClient = {
    search: () => Promise.reject(new Error('Not asked here.')),
    quote: () => Promise.reject(new Error('Not asked here.')),
    book: async (what, key) => {
      asked.push({ order: what, key });
      return answer;
    },
  };
  return { airline, asked };
}

function book(airline: AirlineClient, flightId: string) {
  const { bookFlight } = bookingTools(airline, { order, idempotencyKey: 'run:booking-1' });
  if (bookFlight?.kind !== 'function') throw new Error('There is no such tool.');
  return bookFlight.execute({ flightId }, call);
}

describe('the booking tool', () => {
  it('uses the key of the approval, however often a model calls it', async () => {
    const { airline, asked } = airlineThatAnswers({ kind: 'no-such-flight' });
    await book(airline, 'HF100');
    await book(airline, 'HF100');
    expect(asked).toEqual([
      { order, key: 'run:booking-1' },
      { order, key: 'run:booking-1' },
    ]);
  });

  it('books nothing but what was approved, and that is no answer of the airline', async () => {
    const { airline, asked } = airlineThatAnswers({ kind: 'no-such-flight' });
    const output = await book(airline, 'HF200');
    expect(output).toMatchObject({ booked: false, reason: 'NOT_APPROVED' });
    expect(asked).toEqual([]);
    expect(bookingOutputSchema.safeParse(output).success).toBe(false);
  });
});
