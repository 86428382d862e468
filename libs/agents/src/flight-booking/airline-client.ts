/**
 * A client for the airline, as the tools need it. It works with the simulator's demo airline or any other with the same
 * API.
 */
import { z } from 'zod';
import { RetryableError } from '#libs/engine';
import { type WholeAnswer, wholeAnswer } from '../whole-answer.js';

const flightSchema = z.object({
  id: z.string(),
  number: z.string(),
  from: z.string(),
  to: z.string(),
  departsAt: z.string(),
  arrivesAt: z.string(),
  stops: z.number(),
  seatsLeft: z.number(),
  /** For one passenger, as shown by the search. */
  fareCents: z.number(),
});

const quoteSchema = z.object({
  flight: flightSchema,
  passengers: z.number(),
  totalCents: z.number(),
  currency: z.string(),
});

const bookingSchema = quoteSchema.extend({
  reference: z.string(),
  bookedAt: z.string(),
  checkInOpensAt: z.iso.datetime(),
});

export type Flight = z.infer<typeof flightSchema>;
export type Quote = z.infer<typeof quoteSchema>;
export type Booking = z.infer<typeof bookingSchema>;

export interface BookingOrder {
  flightId: string;
  passengers: number;
  /** The maximum charge, in cents. */
  maxTotalCents: number;
}

export type BookingAnswer =
  | { kind: 'booked'; booking: Booking }
  | { kind: 'price-changed'; quote: Quote }
  | { kind: 'no-such-flight' };

/** Every method rejects with `RetryableError` when the airline cannot be reached or has a fault. */
export interface AirlineClient {
  /** @param date `YYYY-MM-DD` */
  search(from: string, to: string, date: string, signal: AbortSignal): Promise<Flight[]>;
  /** The current price of the flight; `null` when it does not exist. */
  quote(flightId: string, passengers: number, signal: AbortSignal): Promise<Quote | null>;
  /** Books at most once per key, however often it is called. */
  book(order: BookingOrder, idempotencyKey: string, signal: AbortSignal): Promise<BookingAnswer>;
}

/** @param airlineUrl origin of the airline, without a path */
export function createAirlineClient(airlineUrl: string): AirlineClient {
  async function ask(path: string, init: RequestInit): Promise<WholeAnswer> {
    const answer = await wholeAnswer(new URL(path, airlineUrl), init).catch((cause: unknown) => {
      init.signal?.throwIfAborted();
      throw unavailable(cause);
    });
    if (answer.status >= 500 || answer.status === 429) throw unavailable(answer.status);
    return answer;
  }

  return {
    async search(from, to, date, signal) {
      const response = await ask(`/airline/flights?${new URLSearchParams({ from, to, date })}`, { signal });
      if (!response.ok) throw new Error(`The airline answered ${response.status}.`);
      return z.object({ flights: z.array(flightSchema) }).parse(JSON.parse(response.body)).flights;
    },

    async quote(flightId, passengers, signal) {
      const query = new URLSearchParams({ flightId, passengers: String(passengers) });
      const response = await ask(`/airline/quote?${query}`, { signal });
      if (response.status === 404) return null;
      if (!response.ok) throw new Error(`The airline answered ${response.status}.`);
      return quoteSchema.parse(JSON.parse(response.body));
    },

    async book(order, idempotencyKey, signal) {
      const response = await ask('/airline/bookings', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify(order),
        signal,
      });
      if (response.status === 404) return { kind: 'no-such-flight' };
      if (response.status === 409) {
        const { quote } = z.object({ quote: quoteSchema }).parse(JSON.parse(response.body));
        return { kind: 'price-changed', quote };
      }
      if (!response.ok) throw new Error(`The airline answered ${response.status}.`);
      return { kind: 'booked', booking: bookingSchema.parse(JSON.parse(response.body)) };
    },
  };
}

function unavailable(cause: unknown): RetryableError {
  return new RetryableError('STEP_FAILED', { message: 'The airline could not be reached.', cause });
}
