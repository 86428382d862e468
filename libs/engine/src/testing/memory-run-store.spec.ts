import { type RunStoreFixture, runStoreSuite } from '../../testing/run-store.suite.js';
import type { OpenEpochEffect } from '../ports/effects.port.js';
import { MemoryCommands } from './memory-commands.js';
import { stepSummary, TestClock } from './memory-records.js';
import { MemoryRunStore } from './memory-run-store.js';

runStoreSuite(async (): Promise<RunStoreFixture> => {
  const opened: OpenEpochEffect[] = [];
  const store = new MemoryRunStore(new TestClock(), (effects) => {
    opened.push(...effects.filter((effect) => effect.type === 'open-epoch'));
  });
  const { records, clock } = store;
  const commands = new MemoryCommands(store);
  return {
    store,
    opened,
    submit: async ({ prompt = 'Anything', workflowId } = {}) => {
      const run = commands.submit({ agent: 'probe', prompt, ...(workflowId && { workflowId }) });
      return { runId: run.id, workflowId: run.workflowId };
    },
    cancel: async (runId) => commands.cancel(runId)?.ends ?? [],
    retry: async (runId) => commands.retry(runId),
    answer: async (hookId, payload) => {
      const runs = [...records.workflows.values()].flatMap(({ runs }) => runs);
      const run = runs.find(({ hooks }) => hooks.some(({ id }) => id === hookId));
      if (run) commands.answer(run.id, hookId, payload);
    },
    endWaits: async () => clock.advance('1h'),
    startWorker: async () => records.registerWorker(),
    endWorker: async (worker, cause) => records.endWorker(worker, cause),
    read: async (runId) => {
      const run = records.run(runId);
      if (!run) throw new Error('The run is gone.');
      const workflow = records.workflow(run.workflowId);
      return structuredClone({
        ...run,
        workflow,
        steps: run.steps.map((step) => ({ ...step, ...stepSummary(run, step) })),
        history: run.history.map(({ type }) => type),
        revisions: workflow.revisions.toReversed(),
      });
    },
    everything: async () => structuredClone(records.workflows),
    close: async () => undefined,
  };
});
