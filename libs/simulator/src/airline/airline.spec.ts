import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../simulator.js';
import type { Booking } from './airline.js';
import { type Flight, flightsOf, liveFareCents } from './flights.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ checkInAfterSeconds: 3_600 });
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await fetch(`${simulator.url}/airline/conditions`, { method: 'DELETE' });
});

const [flight] = flightsOf('Berlin', 'Lisbon', '2026-12-04');
if (!flight) throw new Error('There is no flight to test with.');
const wish = { flightId: flight.id, passengers: 2, maxTotalCents: 10_000_000 };

async function book(key: string, request: unknown = wish) {
  const response = await fetch(`${simulator.url}/airline/bookings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify(request),
  });
  return { status: response.status, body: (await response.json()) as Booking & { code?: string } };
}

async function log() {
  const response = await fetch(`${simulator.url}/airline/bookings`);
  return (await response.json()) as { bookings: Booking[]; requests: { idempotencyKey: string }[] };
}

describe('the demo airline', () => {
  it('has the same flights for the same question, however it is spelt', async () => {
    const ask = async (from: string) => {
      const query = new URLSearchParams({ from, to: 'Lisbon', date: '2026-12-04' });
      const response = await fetch(`${simulator.url}/airline/flights?${query}`);
      return ((await response.json()) as { flights: Flight[] }).flights;
    };
    expect(await ask('Berlin')).toEqual(await ask(' berlin '));
    expect(await ask('Berlin')).toEqual(flightsOf('Berlin', 'Lisbon', '2026-12-04'));
  });

  it('asks more for the last seats than the search showed', () => {
    const flights = Array.from({ length: 30 }, (_, day) =>
      flightsOf('Oslo', 'Rome', `2026-12-${String(day + 1).padStart(2, '0')}`),
    ).flat();
    const dearer = flights.filter((one) => liveFareCents(one) > one.fareCents);
    expect(dearer.length).toBeGreaterThan(0);
    expect(dearer.every((one) => one.seatsLeft <= 4)).toBe(true);
  });

  it('books once for each idempotency key and repeats its answer', async () => {
    const first = await book('one');
    const again = await book('one');
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect((await log()).bookings).toHaveLength(1);
    expect((await log()).requests).toHaveLength(2);
    expect(Date.parse(first.body.checkInOpensAt) - Date.parse(first.body.bookedAt)).toBeGreaterThan(3_500_000);
  });

  it('refuses a key that was used for another booking', async () => {
    await book('one');
    expect((await book('one', { ...wish, passengers: 3 })).status).toBe(422);
  });

  it('charges no more than was allowed, and says what it costs now', async () => {
    const conditions = { method: 'PUT', body: JSON.stringify({ fareFactor: 2 }) };
    const before = Math.round(liveFareCents(flight)) * 2;
    await fetch(`${simulator.url}/airline/conditions`, conditions);
    const refused = await book('one', { ...wish, maxTotalCents: before });
    expect(refused).toMatchObject({ status: 409, body: { code: 'PRICE_CHANGED', quote: { totalCents: before * 2 } } });
    expect((await log()).bookings).toEqual([]);
  });

  it.each([
    ['no key', '', wish, 400],
    ['an unknown flight', 'k', { ...wish, flightId: 'HF000_2026-12-04_A_B' }, 404],
    ['no passengers', 'k', { ...wish, passengers: 0 }, 400],
    ['another shape', 'k', { hello: 1 }, 400],
  ])('refuses a booking with %s', async (_what, key, request, status) => {
    expect((await book(key, request)).status).toBe(status);
  });
});
