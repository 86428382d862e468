import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});
afterAll(() => system?.stop());

const input = (prompt = 'Send a mail when a form comes in') => ({ prompt, idempotencyKey: randomUUID() });

async function runsWith(prompt: string): Promise<string[]> {
  const document = '{ runs(first: 100) { nodes { id prompt } } }';
  const data = await system.api.data<{ runs: { nodes: { id: string; prompt: string }[] } }>(document);
  return data.runs.nodes.filter((run) => run.prompt === prompt).map((run) => run.id);
}

/** Sends the mutation whole and breaks the connection before an answer can be read. */
async function submitAndHangUp(variables: unknown): Promise<void> {
  const query = 'mutation($input: SubmitPromptInput!) { submitPrompt(input: $input) { run { id } } }';
  const body = JSON.stringify({ query, variables });
  const { hostname, port } = new URL(system.url);
  const socket = connect(Number(port), hostname);
  const head = `POST /graphql HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\n`;
  const sent = Promise.withResolvers<void>();
  socket.on('error', sent.reject);
  socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => sent.resolve());
  await sent.promise;
  socket.on('error', () => undefined).destroy();
}

describe('a submit with an idempotency key', () => {
  it('that comes many times at once starts one run', async () => {
    const same = input('Remind me of the bins every Monday');
    const answers = await Promise.all(Array.from({ length: 12 }, () => system.api.submitPrompt(same)));
    expect(new Set(answers.map((answer) => answer.run?.id)).size).toBe(1);
    expect(answers.flatMap((answer) => answer.userErrors)).toEqual([]);
    expect(await runsWith(same.prompt)).toHaveLength(1);
  });

  it('whose answer was lost gives the same run when it is sent again', async () => {
    const same = input('Post new issues to the chat');
    await submitAndHangUp({ input: same });
    const [lost] = await until(async () => {
      const runs = await runsWith(same.prompt);
      return runs.length > 0 ? runs : null;
    }, 'the submit without a reader is stored');
    const again = await system.api.submitPrompt(same);
    expect(again.run?.id).toBe(lost);
    expect(await runsWith(same.prompt)).toEqual([lost]);
    await until(async () => (await system.api.run(lost ?? ''))?.status === 'SUCCEEDED', 'its run succeeds');
    expect((await system.api.submitPrompt(same)).run).toMatchObject({ id: lost, status: 'SUCCEEDED' });
  });

  it('and another prompt is refused', async () => {
    const first = input();
    await system.api.submitPrompt(first);
    const { run, userErrors } = await system.api.submitPrompt({ ...first, prompt: 'Something else' });
    expect(run).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'IDEMPOTENCY_REUSED' }]);
  });
});
