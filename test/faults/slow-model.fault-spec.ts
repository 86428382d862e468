import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HabitServer, startHabitServer } from '../models/habit-server.ts';
import { slowHabits } from '../models/wire-habits.ts';
import { untilEnded } from '../support/generations.ts';
import { sized } from '../support/sizes.ts';
import { System } from '../support/system.ts';

/** Silence is what has no bytes: a model may think, and a server send comments, for longer than every limit. */
const LIMIT_SECONDS = 4;
const habits = slowHabits(LIMIT_SECONDS * sized(2_000, 4_000));

let server: HabitServer;
let system: System;

beforeAll(async () => {
  server = await startHabitServer(habits);
  system = await System.start({
    environment: {
      OPENAI_BASE_URL: server.baseUrl,
      HOLDFAST_SIMULATED: 'false',
      HOLDFAST_MODEL: 'habits',
      HOLDFAST_MODEL_IDLE_SECONDS: String(LIMIT_SECONDS),
      HOLDFAST_MODEL_FIRST_CHUNK_SECONDS: String(LIMIT_SECONDS),
    },
  });
});

afterAll(async () => {
  await system?.stop();
  await server?.stop();
});

describe('a model server that', () => {
  it.each(habits.map(({ name }) => name))('%s is waited for', async (name) => {
    const { runId } = await system.api.start(`Each Friday at 7:30 ask https://example.com/status [[habit: ${name}]]`);
    expect(await untilEnded(system, [runId])).toMatchObject([{ status: 'SUCCEEDED', error: null }]);
    const asked = server.requests.filter(({ habit, isTitle }) => habit === name && !isTitle);
    expect(asked.map(({ round }) => round)).toEqual([0, 1, 2]);
  });
});
