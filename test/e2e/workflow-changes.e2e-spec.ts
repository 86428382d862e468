import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

interface Heard {
  id: string;
  title: string;
  status: string;
}

let system: System;

beforeAll(async () => {
  // The worker comes when a prompt was told of that nobody has begun with.
  system = await System.start({ tokensPerSecond: 0, workers: 0 });
});
afterAll(async () => {
  await system?.stop();
});

/** Everything that a subscription tells, until it is stopped. */
async function listen<T>(query: string) {
  const heard: T[] = [];
  const stop = system.api.socket.subscribe<T>(
    { query },
    {
      next: ({ data }) => data && heard.push(data),
      error: (error) => heard.push(error as T),
      complete: () => undefined,
    },
  );
  return { heard, stop };
}

const rename = (workflowId: string, title: string) =>
  system.api.data('mutation($input: RenameWorkflowInput!) { renameWorkflow(input: $input) { userErrors { code } } }', {
    input: { workflowId, title },
  });

describe('workflowsChanged', () => {
  it('tells of a workflow from its prompt to its end, of its new title, and of its removal', async () => {
    const changed = await listen<{ workflowsChanged: Heard }>('subscription { workflowsChanged { id title status } }');
    const deleted = await listen<{ workflowDeleted: string }>('subscription { workflowDeleted }');
    const first = await system.api.start('Every day at 9 post a message in Slack');
    const seen = (id: string) => changed.heard.map((data) => data.workflowsChanged).filter((heard) => heard?.id === id);
    // Nothing says that a subscription has begun but what it tells.
    await until(async () => {
      await rename(first.workflowId, `Title ${Date.now()}`);
      return seen(first.workflowId).length > 0;
    }, 'the subscription has begun');

    const { workflowId } = await system.api.start('When a form is filled in, email sales');
    await until(() => seen(workflowId).length > 0, 'the prompt is told');
    expect(seen(workflowId)[0]?.status).not.toBe('IDLE');
    await system.addWorker();
    await until(() => seen(workflowId).at(-1)?.status === 'IDLE', 'the end of the run is told');
    await rename(workflowId, 'Leads');
    await until(() => seen(workflowId).at(-1)?.title === 'Leads', 'the new title is told');

    await system.api.data(
      'mutation($input: DeleteWorkflowInput!) { deleteWorkflow(input: $input) { userErrors { code } } }',
      { input: { workflowId } },
    );
    await until(() => deleted.heard.some((data) => data.workflowDeleted === workflowId), 'the removal is told');
    expect(deleted.heard).toHaveLength(1);
    changed.stop();
    deleted.stop();
  });

  it('reads a workflow as of one cursor when its messages are asked for', async () => {
    const changed = await listen<{
      workflowsChanged: Heard & { messages: { nodes: { parts: { text?: string }[] }[] } };
    }>('subscription { workflowsChanged { id title status messages { nodes { parts } } graph { nodes { id } } } }');
    const { workflowId } = await system.api.start('Every day at 9 post a message in Slack');
    await until(async () => {
      await rename(workflowId, `Title ${Date.now()}`);
      return changed.heard.some(({ workflowsChanged }) => workflowsChanged?.id === workflowId);
    }, 'the change is told');
    const [heard] = changed.heard.filter(({ workflowsChanged }) => workflowsChanged?.id === workflowId);
    expect(heard?.workflowsChanged.messages.nodes[0]?.parts[0]?.text).toBe('Every day at 9 post a message in Slack');
    changed.stop();
  });
});
