import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, Output, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flightsOf } from '../airline/flights.js';
import { type Simulator, startSimulator } from '../simulator.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

type Api = 'responses' | 'chat';
const apis: Api[] = ['responses', 'chat'];

function base(api: Api) {
  const openai = createOpenAI({ baseURL: simulator.baseUrl, apiKey: 'any' });
  return {
    model: api === 'chat' ? openai.chat('simulator') : openai('simulator'),
    maxRetries: 0,
    providerOptions: { openai: { store: false } },
  };
}

const today = 'You find flights. Today is 2026-11-20.';
const searchTools = {
  searchFlights: tool({
    inputSchema: z.object({ from: z.string(), to: z.string(), date: z.string() }),
    execute: ({ from, to, date }) => ({ flights: flightsOf(from, to, date) }),
  }),
  chooseFlight: tool({
    inputSchema: z.object({ flightId: z.string(), passengers: z.number() }),
    execute: () => ({ chosen: true }),
  }),
};

describe.each(apis)('the simulator over %s', (api) => {
  it.each([
    ['Research the history of tea and write a post about it', 'research'],
    ['Write a post about our new office dog', 'drafting'],
  ])('routes a wish with a structured answer: %s', async (prompt, next) => {
    const schema = z.object({ next: z.enum(['research', 'drafting']), topic: z.string(), reason: z.string() });
    const { output } = await generateText({
      ...base(api),
      instructions: 'Choose who works next.',
      prompt,
      output: Output.object({ schema }),
    });
    expect(output.next).toBe(next);
    expect(output.topic.length).toBeGreaterThan(0);
  });

  it('answers a schema that it does not know with something that fits', async () => {
    const schema = z.object({
      mood: z.enum(['calm', 'urgent']),
      title: z.string(),
      tags: z.array(z.string()).min(2),
      weight: z.number().min(3),
      note: z.string().nullable(),
    });
    const { output } = await generateText({
      ...base(api),
      prompt: 'The printer is on fire',
      output: Output.object({ schema, name: 'triage' }),
    });
    expect(schema.safeParse(output).success).toBe(true);
    expect(output.title).toBe('The printer is on fire');
  });

  it('tries the tools of an agent that it does not know, once each', async () => {
    const asked: unknown[] = [];
    const { text } = await generateText({
      ...base(api),
      prompt: 'Water the plants',
      stopWhen: isStepCount(5),
      tools: {
        water: tool({
          inputSchema: z.object({ plant: z.string(), litres: z.number().min(2) }),
          execute: (input) => {
            asked.push(input);
            return { watered: true };
          },
        }),
      },
    });
    expect(asked).toEqual([{ plant: 'Water the plants', litres: 2 }]);
    expect(text).toContain('1 of 1');
  });

  it('counts, cuts and saves a draft that fits', async () => {
    const saved: string[] = [];
    const counted: number[] = [];
    await generateText({
      ...base(api),
      prompt: 'Write a post announcing that we have an office dog',
      stopWhen: isStepCount(10),
      tools: {
        countCharacters: tool({
          inputSchema: z.object({ text: z.string() }),
          execute: ({ text }) => {
            counted.push(text.length);
            return { characters: text.length, fits: text.length <= 280 };
          },
        }),
        saveDraft: tool({
          inputSchema: z.object({ text: z.string() }),
          execute: ({ text }) => {
            saved.push(text);
            return { saved: true };
          },
        }),
      },
    });
    expect(counted[0]).toBeGreaterThan(280);
    expect(saved).toHaveLength(1);
    expect(saved[0]).toMatch(/^We have an office dog\./u);
    expect(saved[0]?.length).toBeLessThanOrEqual(280);
    expect(saved[0]).toContain('office dog');
  });

  it('searches with the places and the day of the wish, and chooses the cheapest within the budget', async () => {
    const { steps } = await generateText({
      ...base(api),
      instructions: today,
      prompt: 'Book a flight from Berlin to Lisbon on Friday for 2 people',
      stopWhen: isStepCount(10),
      tools: searchTools,
    });
    const calls = steps.flatMap((step) => step.toolCalls);
    expect(calls[0]?.input).toEqual({ from: 'Berlin', to: 'Lisbon', date: '2026-11-27' });
    const cheapest = flightsOf('Berlin', 'Lisbon', '2026-11-27').toSorted((a, b) => a.fareCents - b.fareCents)[0];
    expect(calls[1]?.input).toEqual({ flightId: cheapest?.id, passengers: 2 });
    expect(calls).toHaveLength(2);
  });

  it.each([
    ['the places are missing', 'Book me a flight', 0],
    ['nothing is cheap enough', 'A flight from Berlin to Lisbon tomorrow under 5 €', 1],
  ])('says so when %s, and chooses nothing', async (_what, prompt, searches) => {
    const { steps, text } = await generateText({
      ...base(api),
      instructions: today,
      prompt,
      stopWhen: isStepCount(10),
      tools: searchTools,
    });
    expect(steps.flatMap((step) => step.toolCalls).map((call) => call.toolName)).toEqual(
      Array.from({ length: searches }, () => 'searchFlights'),
    );
    expect(text).not.toBe('');
  });
});
