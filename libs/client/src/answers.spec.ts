import { describe, expect, it } from 'vitest';
import type { SnapshotFieldsFragment } from './__generated__/graphql.js';
import { snapshotOf } from './answers.js';
import { stateOf } from './apply-event.js';

type LatestRun = NonNullable<SnapshotFieldsFragment['latestRun']>;

function stateWith(retrying: LatestRun['retrying']) {
  const latestRun = {
    id: 'run_1',
    status: 'RUNNING',
    error: null,
    historyExpiredAt: null,
    hooks: [],
    retrying,
  } satisfies LatestRun;
  const graph = { revision: 0, nodes: [], edges: [], issues: [] };
  const messages = { nodes: [], pageInfo: { hasPreviousPage: false, startCursor: null } };
  const workflow = { id: 'wf_1', messages, graph, latestRun };
  return stateOf(snapshotOf(workflow as unknown as SnapshotFieldsFragment));
}

describe('a snapshot', () => {
  it('tells of the step that is about to be tried again, as the stream did', () => {
    const attempts = [
      { number: 1, error: { message: 'Cut.' }, nextRetryAt: '2026-01-01T00:00:00.000Z' },
      { number: 2, error: { message: 'Too many.' }, nextRetryAt: '2026-01-01T00:00:08.000Z' },
    ];
    expect(stateWith({ nodes: [{ attempts }] }).attemptFailure).toEqual({
      runId: 'run_1',
      attempt: 2,
      message: 'Too many.',
      willRetry: true,
      nextRetryAt: '2026-01-01T00:00:08.000Z',
    });
  });

  it('tells of no failed try where none is waited for', () => {
    expect(stateWith({ nodes: [] }).attemptFailure).toBeNull();
  });
});
