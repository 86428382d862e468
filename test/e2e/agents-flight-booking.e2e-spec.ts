import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentRun } from '../support/agent-runs.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

interface AirlineLog {
  bookings: { reference: string; totalCents: number; passengers: number }[];
  requests: { idempotencyKey: string; outcome: string; replayed: boolean }[];
}

interface Offer {
  flight: { id: string };
  totalCents: number;
  seenTotalCents: number;
}

const prompt = 'Book a flight from Berlin to Lisbon on Friday for 2 people';
let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});

afterAll(async () => {
  await system?.stop();
});

beforeEach(async () => {
  await fetch(`${system.simulatorUrl}/airline/conditions`, { method: 'DELETE' });
});

async function conditions(changed: Record<string, number>): Promise<void> {
  const body = JSON.stringify(changed);
  await fetch(`${system.simulatorUrl}/airline/conditions`, { method: 'PUT', body });
}

async function airline(): Promise<AirlineLog> {
  return (await (await fetch(`${system.simulatorUrl}/airline/bookings`)).json()) as AirlineLog;
}

describe('flight-booking', () => {
  it('searches, asks before paying, books, sleeps until the check-in opens, and reminds of it', async () => {
    await conditions({ checkInAfterSeconds: 1 });
    const run = await AgentRun.start(system, 'flight-booking', prompt);
    const hook = await run.waitsAt(1);
    expect(hook.name).toBe('pay');
    expect((await airline()).bookings).toEqual([]);
    expect(await run.resolve(hook, { approved: true })).toEqual([]);
    await run.reaches('SUCCEEDED');

    const [offer] = await run.parts<Offer>('flight-offer');
    const { bookings } = await airline();
    expect(bookings).toMatchObject([{ totalCents: offer?.totalCents, passengers: 2 }]);
    expect(await run.parts('booking')).toMatchObject([
      { status: 'booked', reference: bookings[0]?.reference, checkIn: 'open' },
    ]);
    expect(await run.parts('reminder')).toHaveLength(2);
    expect(await run.steps('sleep')).toMatchObject([
      { kind: 'SLEEP', status: 'SUCCEEDED' },
      { kind: 'SLEEP', status: 'SUCCEEDED' },
    ]);
  });

  it('asks again when the price rises between approval and booking, and never pays more than was approved', async () => {
    await conditions({ checkInAfterSeconds: 0 });
    const run = await AgentRun.start(system, 'flight-booking', `${prompt}, whatever it costs`);
    const first = await run.waitsAt(1);
    await conditions({ checkInAfterSeconds: 0, fareFactor: 1.5 });
    await run.resolve(first, { approved: true });
    const second = await run.waitsAt(2);
    expect((await airline()).bookings).toEqual([]);
    await run.resolve(second, { approved: true });
    await run.reaches('SUCCEEDED');
    const offers = await run.parts<Offer>('flight-offer');
    expect(offers).toHaveLength(2);
    expect(offers[1]?.totalCents).toBe((offers[0]?.totalCents ?? 0) * 1.5);
    expect(offers[1]?.seenTotalCents).toBe(offers[0]?.totalCents);
    expect((await airline()).bookings).toMatchObject([{ totalCents: offers[1]?.totalCents }]);
  });

  it('offers another flight after a comment, and books nothing when that is declined', async () => {
    const run = await AgentRun.start(system, 'flight-booking', `${prompt}, please`);
    await run.resolve(await run.waitsAt(1), { approved: false, comment: 'Another one' });
    await run.resolve(await run.waitsAt(2), { approved: false });
    await run.reaches('SUCCEEDED');
    const offers = await run.parts<Offer>('flight-offer');
    expect(offers[1]?.flight.id).not.toBe(offers[0]?.flight.id);
    expect(await run.parts('booking')).toMatchObject([{ status: 'declined' }]);
    expect((await airline()).requests).toEqual([]);
  });

  it('books exactly once though the worker is killed right after the booking', async () => {
    await conditions({ checkInAfterSeconds: 0, bookingReplyDelayMs: 20_000 });
    const run = await AgentRun.start(system, 'flight-booking', `${prompt}, for sure`);
    await run.resolve(await run.waitsAt(1), { approved: true });
    await until(async () => (await airline()).bookings.length === 1, 'the airline has booked');
    await Promise.all(system.workers.map((worker) => worker.kill('SIGKILL')));
    await system.addWorker();
    await run.reaches('SUCCEEDED');
    const { bookings, requests } = await airline();
    expect(bookings).toHaveLength(1);
    expect(requests.map((request) => request.replayed)).toEqual([false, true]);
    expect(new Set(requests.map((request) => request.idempotencyKey)).size).toBe(1);
    expect(await run.parts('booking')).toMatchObject([{ status: 'booked', reference: bookings[0]?.reference }]);
  });

  it('can be canceled while it waits for the approval, and then books nothing', async () => {
    const run = await AgentRun.start(system, 'flight-booking', `${prompt}, or not`);
    const hook = await run.waitsAt(1);
    await system.api.cancelRun(run.runId);
    await run.reaches('CANCELED');
    expect(await run.resolve(hook, { approved: true })).toMatchObject([{ code: 'CONFLICT' }]);
    expect((await airline()).requests).toEqual([]);
  });

  it('can be canceled while it sleeps; the booking stays', async () => {
    await conditions({ checkInAfterSeconds: 3_600 });
    const run = await AgentRun.start(system, 'flight-booking', `${prompt}, early`);
    await run.resolve(await run.waitsAt(1), { approved: true });
    await until(async () => (await run.steps('sleep')).length === 1 && (await run.status()) === 'WAITING', 'it sleeps');
    await system.api.cancelRun(run.runId);
    await run.reaches('CANCELED');
    expect((await airline()).bookings).toHaveLength(1);
    expect(await run.parts('booking')).toMatchObject([{ status: 'booked' }]);
    expect(await run.parts('reminder')).toEqual([]);
  });

  it('says what is missing when it is given no places', async () => {
    const run = await AgentRun.start(system, 'flight-booking', 'Book me a flight');
    await run.reaches('SUCCEEDED');
    expect(await run.hooks()).toEqual([]);
    const message = (await system.api.workflow(run.workflowId))?.messages.at(-1);
    expect(message?.parts.map((part) => part.text ?? '').join(' ')).toMatch(/where from/i);
  });
});
