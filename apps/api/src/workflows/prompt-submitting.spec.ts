import { describe, expect, it, vi } from 'vitest';
import { LOCAL_USER_ID, type RunStatus } from '#libs/contracts';
import { PromptSubmitting } from './prompt-submitting.js';

type Parts = ConstructorParameters<typeof PromptSubmitting>;

/** What is put into the queue when a submit is answered with a run in this state. */
async function deliveredAs(status: RunStatus): Promise<unknown[]> {
  const dispatchSoon = vi.fn();
  const accepted = {
    kind: 'accepted',
    workflow: { id: 'wf_1' },
    run: { id: 'run_1', attempts: 0, status },
    replayed: true,
  };
  const submitting = new PromptSubmitting(
    { submit: async () => accepted } as unknown as Parts[0],
    { dispatchSoon } as unknown as Parts[1],
    { announce: () => undefined } as unknown as Parts[2],
    { model: 'model' } as Parts[3],
  );
  await submitting.submit(LOCAL_USER_ID, null, { prompt: 'Hello' } as Parameters<PromptSubmitting['submit']>[2]);
  return dispatchSoon.mock.calls.flat();
}

describe('a submit', () => {
  it('delivers the run that it queued, also when it is repeated because that may have failed', async () => {
    expect(await deliveredAs('QUEUED')).toEqual([{ runId: 'run_1', attempts: 0 }]);
  });

  it.each<RunStatus>(['RUNNING', 'WAITING', 'COMPLETING', 'SUCCEEDED'])(
    'that is repeated leaves a run alone that is %s',
    async (status) => {
      expect(await deliveredAs(status)).toEqual([]);
    },
  );
});
