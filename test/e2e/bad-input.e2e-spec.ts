import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { newId } from '#libs/contracts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
});

afterAll(async () => {
  await system?.stop();
});

async function countWorkflows(): Promise<number> {
  const data = await system.api.data<{ workflows: { nodes: unknown[] } }>('{ workflows(first: 100) { nodes { id } } }');
  return data.workflows.nodes.length;
}

describe('a prompt that cannot be used', () => {
  it.each([
    ['an empty one', ''],
    ['a blank one', ' \n\t  '],
    ['one of control characters only', '\u0000\u0007\u001b'],
    ['one of invisible characters only', '\u200b\u2060\u3164'],
    ['one of 100 kB', 'x'.repeat(100_000)],
  ])('is refused with a sentence and stores nothing: %s', async (_name, prompt) => {
    const before = await countWorkflows();
    const answer = await system.api.submitPrompt({ prompt });
    expect(answer.workflow).toBeNull();
    expect(answer.run).toBeNull();
    expect(answer.userErrors).toEqual([
      { code: 'VALIDATION', field: ['input', 'prompt'], message: expect.stringMatching(/^[A-Z].+\.$/s) },
    ]);
    expect(await countWorkflows()).toBe(before);
  });

  it('is refused when its agent is unknown', async () => {
    const { userErrors } = await system.api.submitPrompt({ prompt: 'Send a mail', agent: 'nobody' });
    expect(userErrors).toMatchObject([{ code: 'VALIDATION', field: ['input', 'agent'] }]);
  });

  it('is refused when its workflow is unknown', async () => {
    for (const workflowId of [newId('workflow'), newId('run'), 'nonsense', '']) {
      const { userErrors } = await system.api.submitPrompt({ prompt: 'Send a mail', workflowId });
      expect(userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    }
  });

  it('of the wrong type is a typed error without internals', async () => {
    const document = 'mutation($input: SubmitPromptInput!) { submitPrompt(input: $input) { userErrors { code } } }';
    const answer = await system.api.request(document, { input: { prompt: 42 } });
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', retryable: false });
    expect(JSON.stringify(answer)).not.toMatch(/stack|node_modules|at .*\.js/);
  });
});

describe('a prompt of emoji', () => {
  it('is taken and kept as it is', async () => {
    const prompt = 'Every Monday 🎉 send an email to team@acme.io 👩‍👩‍👧‍👦 with “quotes” and \ttabs';
    const { workflowId, runId } = await system.api.start(prompt);
    await until(async () => (await system.api.run(runId))?.status === 'SUCCEEDED', 'the run succeeds');
    const workflow = await system.api.workflow(workflowId);
    expect(workflow?.messages[0]?.parts).toEqual([expect.objectContaining({ type: 'text', text: prompt })]);
  });
});

describe('a second prompt while one runs', () => {
  it('is refused with CONFLICT and its reason', async () => {
    const { workflowId, runId } = await system.api.start('[[sim: silent]] Every day at 9 post a message in Slack');
    const { run, userErrors } = await system.api.submitPrompt({ workflowId, prompt: 'And another one' });
    expect(run).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'CONFLICT', message: expect.stringMatching(/running|stop/i) }]);
    await system.api.cancelRun(runId);
  });
});

describe('an id that nobody has', () => {
  it.each([newId('workflow'), newId('run'), 'wf_', '💥', 'x'.repeat(5_000)])(
    'is answered with null: %s',
    async (id) => {
      const data = await system.api.data(
        'query($id: ID!) { workflow(id: $id) { id } run(id: $id) { id } node(id: $id) { id } }',
        {
          id,
        },
      );
      expect(data).toEqual({ workflow: null, run: null, node: null });
    },
  );

  it('cannot be canceled or retried', async () => {
    expect((await system.api.cancelRun(newId('run'))).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect((await system.api.retryRun('nonsense')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });
});

describe('an upgrade request', () => {
  it.each(['//', '///', '//a:b', '/graphql/../x', '*', '/%'])('for %s is refused and harms nobody', async (path) => {
    const { hostname, port } = new URL(system.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 4\d\d /);
    socket.destroy();
    expect((await fetch(`${system.url}/livez`)).ok).toBe(true);
  });
});

describe('a socket without the subprotocol', () => {
  it('is closed with 4406, and what it sends along with its upgrade harms nobody', async () => {
    const { hostname, port } = new URL(system.url);
    const socket = connect(Number(port), hostname);
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const headers = [
      'GET /graphql HTTP/1.1',
      `Host: ${hostname}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${key}`,
    ];
    // An unmasked frame with reserved bits, which no client may send, in the same packet.
    socket.write(Buffer.concat([Buffer.from(`${headers.join('\r\n')}\r\n\r\n`), Buffer.from([0xff, 0xff, 0xff])]));
    const received: Buffer[] = [];
    socket.on('data', (data) => received.push(data));
    await once(socket, 'close');
    expect(Buffer.concat(received).includes(Buffer.from([0x11, 0x36]))).toBe(true);
    expect((await fetch(`${system.url}/livez`)).ok).toBe(true);
  });
});

describe('a subscription over HTTP', () => {
  it('is refused as bad input', async () => {
    const answer = await system.api.request('subscription { workflowStream(workflowId: "x") { cursor } }');
    expect(answer.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/WebSocket/),
      extensions: { code: 'BAD_USER_INPUT', retryable: false },
    });
  });

  it('does not keep the other operations of its document from running', async () => {
    const query = 'query Who { viewer { id } } subscription Gone { workflowDeleted }';
    const ask = async (operationName: string) => {
      const response = await fetch(`${system.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, operationName }),
      });
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await ask('Who')).toMatchObject({ status: 200, data: { viewer: { id: expect.any(String) } } });
    expect(await ask('Gone')).toMatchObject({ status: 200, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});

describe('a small document that would take ages to walk naively', () => {
  const chain = (levels: number, last: string, link = (next: string) => `${next} ${next}`) => {
    const links = Array.from({ length: levels }, (_, n) => `fragment F${n} on Query { ${link(`...F${n + 1}`)} }`);
    return `query { ...F0 } ${links.join(' ')} fragment F${levels} on Query { ${last} }`;
  };
  const costly = (next: string) => `a: viewer { id } ${next}`;

  it.each([
    ['a chain of fragments', chain(60, '__typename'), null],
    ['a longer chain', chain(100, '__typename'), 'LIMIT_EXCEEDED'],
    ['a cycle', chain(60, '...F0'), 'BAD_USER_INPUT'],
    ['aliases in a chain', chain(40, '__typename', costly), 'LIMIT_EXCEEDED'],
    ['a field that is repeated', `query { ${'viewer { id } '.repeat(290)} }`, 'LIMIT_EXCEEDED'],
  ])('is answered at once over HTTP and over the socket: %s', async (_name, query, code) => {
    const answer = await system.api.request(query);
    expect(answer.errors?.[0]?.extensions?.code ?? null).toBe(code);
    const refusal = { extensions: { code: code ?? 'BAD_USER_INPUT' } };
    expect(await answersTo({ query })).toMatchObject([{ type: 'error', payload: [refusal] }]);
  });
});

/** Everything that the server says to one `subscribe`. */
async function answersTo(payload: { query: string; variables?: object }): Promise<Record<string, unknown>[]> {
  const socket = new WebSocket(`${system.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const received: Record<string, unknown>[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data))));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await until(() => received.length === 1, 'the socket is ready');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
  await until(() => received.length > 1, 'an answer comes');
  // What would follow the answer has been said when this is answered.
  socket.send(JSON.stringify({ type: 'ping' }));
  await until(() => received.at(-1)?.type === 'pong', 'a pong comes');
  socket.terminate();
  return received.slice(1, -1);
}

describe('a subscription that is refused', () => {
  const query = `subscription($workflowId: ID!, $cursor: Cursor) {
    workflowStream(workflowId: $workflowId, cursor: $cursor) { cursor } }`;

  it.each([
    ['an unknown workflow', { query, variables: { workflowId: newId('workflow') } }, 'NOT_FOUND'],
    ['no id at all', { query, variables: { workflowId: '' } }, 'NOT_FOUND'],
    ['a variable of the wrong type', { query, variables: { workflowId: 'x', cursor: 7 } }, 'BAD_USER_INPUT'],
    ['a missing variable', { query }, 'BAD_USER_INPUT'],
    ['an unknown field', { query: 'subscription { nothing }' }, 'BAD_USER_INPUT'],
  ])('is told so by one error and nothing else: %s', async (_name, payload, code) => {
    const refusal = { message: expect.stringMatching(/\.$/), extensions: { code, retryable: false } };
    expect(await answersTo(payload)).toMatchObject([{ id: '1', type: 'error', payload: [refusal] }]);
  });

  it('is told so by one error and nothing else: a malformed cursor', async () => {
    const { workflow } = await system.api.submitPrompt({ prompt: 'Send a mail' });
    const answers = await answersTo({ query, variables: { workflowId: workflow?.id, cursor: 'nonsense' } });
    expect(answers).toMatchObject([{ type: 'error', payload: [{ extensions: { code: 'BAD_USER_INPUT' } }] }]);
  });
});

describe('a page size', () => {
  it.each([0, -1, 101, 1_000_000])('of %d is refused', async (first) => {
    const answer = await system.api.request('query($first: Int) { workflows(first: $first) { nodes { id } } }', {
      first,
    });
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
