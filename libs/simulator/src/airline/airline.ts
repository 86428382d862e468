/**
 * The demo airline: quotes and bookings, with one booking per idempotency key. Bookings exist only in the memory of this
 * process.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Flight, findFlight, liveFareCents } from './flights.js';

export const bookingRequest = z.strictObject({
  flightId: z.string().min(1).max(120),
  passengers: z.number().int().min(1).max(9),
  /** The maximum total charge, in cents. */
  maxTotalCents: z.number().int().positive(),
});
export type BookingRequest = z.infer<typeof bookingRequest>;

export interface Quote {
  flight: Flight;
  passengers: number;
  totalCents: number;
  currency: 'EUR';
}

export interface Booking extends Quote {
  reference: string;
  bookedAt: string;
  /** ISO 8601, UTC. */
  checkInOpensAt: string;
}

/**
 * Settings for tests: the fares of all flights from now on, how long the answer is delayed after a booking was made, and
 * how long after a booking its check-in opens.
 */
export const airlineConditions = z.strictObject({
  fareFactor: z.number().positive().max(100).default(1),
  bookingReplyDelayMs: z.number().int().min(0).max(60_000).default(0),
  checkInAfterSeconds: z.number().min(0).max(31_536_000).optional(),
});
type AirlineConditions = z.infer<typeof airlineConditions>;

export type BookingOutcome =
  | { kind: 'booked'; booking: Booking; replayed: boolean }
  | { kind: 'price-changed'; quote: Quote }
  | { kind: 'no-such-flight' }
  | { kind: 'key-reused' };

const calm: AirlineConditions = { fareFactor: 1, bookingReplyDelayMs: 0 };
const KEPT = 10_000;

export class Airline {
  private readonly byKey = new Map<string, { request: string; booking: Booking }>();
  private readonly asked: { idempotencyKey: string; outcome: BookingOutcome['kind']; replayed: boolean }[] = [];
  conditions: AirlineConditions = calm;

  constructor(private readonly checkInAfterSeconds: number) {}

  /** Current fare of the flight for that many passengers, or `null` when the flight does not exist. */
  quote(flightId: string, passengers: number): Quote | null {
    const flight = findFlight(flightId);
    if (!flight) return null;
    const fareCents = Math.round(liveFareCents(flight) * this.conditions.fareFactor);
    return { flight, passengers, totalCents: fareCents * passengers, currency: 'EUR' };
  }

  /** Books once per key: a repeated request gets the existing booking, even if fares have changed. */
  book(idempotencyKey: string, request: BookingRequest): BookingOutcome {
    const outcome = this.decide(idempotencyKey, request);
    const replayed = outcome.kind === 'booked' && outcome.replayed;
    this.asked.push({ idempotencyKey, outcome: outcome.kind, replayed });
    if (this.asked.length > KEPT) this.asked.shift();
    return outcome;
  }

  /** All bookings, and all booking requests, oldest first. */
  log() {
    return { bookings: [...this.byKey.values()].map(({ booking }) => booking), requests: [...this.asked] };
  }

  reset(): void {
    this.byKey.clear();
    this.asked.length = 0;
    this.conditions = calm;
  }

  private decide(idempotencyKey: string, request: BookingRequest): BookingOutcome {
    const written = JSON.stringify([request.flightId, request.passengers, request.maxTotalCents]);
    const known = this.byKey.get(idempotencyKey);
    if (known) {
      return known.request === written
        ? { kind: 'booked', booking: known.booking, replayed: true }
        : { kind: 'key-reused' };
    }
    const quote = this.quote(request.flightId, request.passengers);
    if (!quote) return { kind: 'no-such-flight' };
    if (quote.totalCents > request.maxTotalCents) return { kind: 'price-changed', quote };
    const checkInAfterSeconds = this.conditions.checkInAfterSeconds ?? this.checkInAfterSeconds;
    const booking: Booking = {
      ...quote,
      reference: createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 6).toUpperCase(),
      bookedAt: new Date().toISOString(),
      checkInOpensAt: new Date(Date.now() + checkInAfterSeconds * 1_000).toISOString(),
    };
    this.byKey.set(idempotencyKey, { request: written, booking });
    return { kind: 'booked', booking, replayed: false };
  }
}
