/** The tools of the travel agent. No tool asks for approval; the agent does. */
import { z } from 'zod';
import type { JsonValue } from '#libs/contracts';
import { defineFunctionTool, type ToolSet } from '#libs/engine';
import type { AirlineClient, BookingAnswer, BookingOrder } from './airline-client.js';

const passengers = z.number().int().min(1).max(9);
const flightId = z.string().min(1).max(120);

export const choiceSchema = z.object({
  chosen: z.literal(true),
  flightId,
  passengers,
  /** The price that the search showed for all passengers; it may have changed since. */
  seenTotalCents: z.number(),
});

export function searchTools(airline: AirlineClient): ToolSet {
  return {
    searchFlights: defineFunctionTool({
      description:
        'Finds the flights of one day between two cities. Fares are in cents for one passenger and may move.',
      inputSchema: z.object({
        from: z.string().min(1).max(40).describe('City'),
        to: z.string().min(1).max(40).describe('City'),
        date: z.iso.date(),
      }),
      execute: async ({ from, to, date }, { signal }) => {
        const flights = await airline.search(from, to, date, signal);
        return { currency: 'EUR', flights } as unknown as JsonValue;
      },
    }),
    chooseFlight: defineFunctionTool({
      description: 'Chooses the one flight that the traveller is asked to approve. Books nothing.',
      inputSchema: z.object({ flightId, passengers }),
      execute: async ({ flightId: id, passengers: count }, { signal }): Promise<JsonValue> => {
        const quote = await airline.quote(id, count, signal);
        if (!quote) return { chosen: false, problem: 'There is no flight with this id. Use an id of searchFlights.' };
        return { chosen: true, flightId: id, passengers: count, seenTotalCents: quote.flight.fareCents * count };
      },
    }),
  };
}

/**
 * The tool that pays for exactly what was approved. Its idempotency key belongs to the approval, not to the tool call: a
 * repeated call by the model, a retried step or a crashed worker still books once.
 */
export function bookingTools(
  airline: AirlineClient,
  { order, idempotencyKey }: { order: BookingOrder; idempotencyKey: string },
): ToolSet {
  return {
    bookFlight: defineFunctionTool({
      description: 'Books and pays the approved flight, at most at the approved price.',
      inputSchema: z.object({ flightId }),
      execute: async ({ flightId: asked }, { signal }): Promise<JsonValue> => {
        if (asked !== order.flightId) return { booked: false, reason: 'NOT_APPROVED', approved: order.flightId };
        return toBookingOutput(await airline.book(order, idempotencyKey, signal));
      },
    }),
  };
}

const bookedSchema = z.object({
  booked: z.literal(true),
  reference: z.string(),
  bookedAt: z.string(),
  checkInOpensAt: z.string(),
});
const notBookedSchema = z.object({ booked: z.literal(false), reason: z.enum(['PRICE_CHANGED', 'NO_SUCH_FLIGHT']) });

/** The airline's answer. Calls that the tool itself refuses are not included. */
export const bookingOutputSchema = z.discriminatedUnion('booked', [bookedSchema, notBookedSchema]);
export type BookingOutput = z.infer<typeof bookingOutputSchema>;

export function toBookingOutput(answer: BookingAnswer): BookingOutput {
  switch (answer.kind) {
    case 'booked': {
      const { reference, bookedAt, checkInOpensAt } = answer.booking;
      return { booked: true, reference, bookedAt, checkInOpensAt };
    }
    case 'price-changed':
      return { booked: false, reason: 'PRICE_CHANGED' };
    case 'no-such-flight':
      return { booked: false, reason: 'NO_SUCH_FLIGHT' };
  }
}
