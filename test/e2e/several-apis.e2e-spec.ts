import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilEnded } from '../support/generations.ts';
import { GraphqlApi } from '../support/graphql-api.ts';
import { System } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const prompt = '[[sim: tps=40]] When a Stripe payment fails, tell #billing in Slack';

let system: System;
let other: GraphqlApi;
/** Between the worker's tools and the first api. */
let link: TcpProxy;

beforeAll(async () => {
  system = await System.start({ workers: 0 });
  const { url } = await system.addApi();
  other = new GraphqlApi(url);
  link = await TcpProxy.to(Number(new URL(system.url).port));
  await system.addWorker({ HOLDFAST_API_URL: `${link.through(system.url)},${url}` });
});
afterAll(async () => {
  await system?.stop();
  await link?.stop();
});

/** A run whose model is just answering, before its tools ask the catalogue. */
async function started(): Promise<string> {
  const { runId } = await other.start(prompt);
  await until(async () => (await other.run(runId))?.status === 'RUNNING', 'the run is worked on');
  return runId;
}

async function endsWithoutALostTry(runId: string): Promise<void> {
  expect(await untilEnded(system, [runId])).toMatchObject([{ status: 'SUCCEEDED', attempts: 1 }]);
  const document = 'query($id: ID!) { run(id: $id) { steps(first: 100) { nodes { name attempts { number } } } } }';
  type Steps = { run: { steps: { nodes: { name: string; attempts: unknown[] }[] } } };
  const { nodes } = (await other.data<Steps>(document, { id: runId })).run.steps;
  expect(nodes.map(({ name }) => name)).toContainEqual(expect.stringContaining('search'));
  expect(nodes.filter(({ attempts }) => attempts.length !== 1)).toEqual([]);
}

describe('two apis, of which the worker knows both', () => {
  it('one of which takes everything and answers nothing: the tools ask the other', async () => {
    const runId = await started();
    link.stall();
    await endsWithoutALostTry(runId);
    link.mend();
  });

  it('one of which is killed in the middle of a generation: the tools ask the other', async () => {
    // A worker that has asked nobody yet begins with the first.
    await system.workers[0]?.stop();
    await system.addWorker({ HOLDFAST_API_URL: `${link.through(system.url)},${other.url}` });
    const runId = await started();
    await system.apiProcess.kill('SIGKILL');
    await endsWithoutALostTry(runId);
  });
});
