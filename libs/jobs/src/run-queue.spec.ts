import { describe, expect, it } from 'vitest';
import { newId } from '#libs/contracts';
import { EXECUTE_RUN, parseExecuteRunJob } from './run-queue.js';

describe('a job of the queue of runs', () => {
  const runId = newId('run');

  it('executes a run', () => {
    expect(parseExecuteRunJob({ name: EXECUTE_RUN, data: { runId } })).toEqual({ runId });
  });

  it.each([
    [{ name: 'cancel-run', data: { runId } }],
    [{ name: '', data: { runId } }],
    [{ name: EXECUTE_RUN, data: { runId: 'wf_1' } }],
    [{ name: EXECUTE_RUN, data: null }],
  ])('is refused when it is of another kind or names no run (%j)', (job) => {
    expect(() => parseExecuteRunJob(job)).toThrow();
  });
});
