/**
 * The demo airline over HTTP.
 *
 * `GET /airline/flights?from&to&date` · `GET /airline/quote?flightId&passengers` · `POST /airline/bookings` with an
 * `Idempotency-Key` · for this machine only: `GET /airline/bookings`, `PUT` and `DELETE /airline/conditions`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readJsonBody } from '../read-body.js';
import { requireLoopback } from '../require-loopback.js';
import { WireError } from '../wire/wire-error.js';
import { type Airline, airlineConditions, bookingRequest } from './airline.js';
import { flightsOf } from './flights.js';

const place = z.string().trim().min(1).max(40);
const searchQuery = z.object({ from: place, to: place, date: z.iso.date() });
const quoteQuery = z.object({ flightId: z.string().max(120), passengers: z.coerce.number().int().min(1).max(9) });

interface Answer {
  status: number;
  body: unknown;
}

/**
 * Answers a request below `/airline/`.
 *
 * @throws WireError for requests that it refuses.
 */
export async function answerAirline(
  airline: Airline,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, body } = await decide(airline, url, request);
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function decide(airline: Airline, url: URL, request: IncomingMessage): Promise<Answer> {
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /airline/flights': {
      const { from, to, date } = read(searchQuery, Object.fromEntries(url.searchParams));
      return { status: 200, body: { currency: 'EUR', flights: flightsOf(from, to, date) } };
    }
    case 'GET /airline/quote': {
      const { flightId, passengers } = read(quoteQuery, Object.fromEntries(url.searchParams));
      const quote = airline.quote(flightId, passengers);
      if (!quote) throw new WireError(404, 'There is no such flight.');
      return { status: 200, body: quote };
    }
    case 'POST /airline/bookings':
      return book(airline, request);
    case 'GET /airline/bookings':
      requireLoopback(request);
      return { status: 200, body: airline.log() };
    case 'PUT /airline/conditions':
      requireLoopback(request);
      airline.conditions = read(airlineConditions, await readJsonBody(request));
      return { status: 200, body: airline.conditions };
    case 'DELETE /airline/conditions':
      requireLoopback(request);
      airline.reset();
      return { status: 200, body: airline.conditions };
    default:
      throw new WireError(404, `Unknown request URL: ${request.method} ${url.pathname}.`);
  }
}

async function book(airline: Airline, request: IncomingMessage): Promise<Answer> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '' || key.length > 200) {
    throw new WireError(400, 'A booking needs an Idempotency-Key of 1 to 200 characters.');
  }
  const outcome = airline.book(key, read(bookingRequest, await readJsonBody(request)));
  // The booking is already stored: a client that crashes while waiting for this answer must ask again with the same key.
  if (outcome.kind === 'booked' && !outcome.replayed && airline.conditions.bookingReplyDelayMs > 0) {
    await delay(airline.conditions.bookingReplyDelayMs);
  }
  switch (outcome.kind) {
    case 'booked':
      return { status: outcome.replayed ? 200 : 201, body: outcome.booking };
    case 'price-changed':
      return { status: 409, body: { code: 'PRICE_CHANGED', quote: outcome.quote } };
    case 'no-such-flight':
      throw new WireError(404, 'There is no such flight.');
    case 'key-reused':
      throw new WireError(422, 'This Idempotency-Key was used for another booking.');
  }
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new WireError(400, `${issue?.path.join('.') || 'request'}: ${issue?.message ?? 'is not valid'}`);
}
