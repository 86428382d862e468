/**
 * The store of runs, which tells lists of workflows of each commit that they show: a status, a title, a number of nodes.
 * Owns which commits those are; changes nothing about them.
 */
import type { RunClaim, RunStore } from '#libs/engine';
import type { WorkflowChanges } from '#libs/stream';

export function announcedRunStore(store: RunStore, changes: Pick<WorkflowChanges, 'announce'>): RunStore {
  const announce = ({ ownerId, workflowId }: RunClaim) => changes.announce(ownerId, { workflowId, deleted: false });
  const told: Partial<RunStore> = {
    async claimRun(runId, claimant) {
      const result = await store.claimRun(runId, claimant);
      if (result.kind === 'claimed' || result.kind === 'exhausted') announce(result.run.claim);
      return result;
    },
    async completeGraphStep(claim, stepId, edit) {
      const result = await store.completeGraphStep(claim, stepId, edit);
      if (result.event) announce(claim);
      return result;
    },
    async suspendRun(claim, stepIds, checkpoint) {
      const result = await store.suspendRun(claim, stepIds, checkpoint);
      if (result.kind === 'suspended') announce(claim);
      return result;
    },
    async beginCompleting(claim) {
      const since = await store.beginCompleting(claim);
      announce(claim);
      return since;
    },
    async finishRun(claim, outcome, checkpoint) {
      const end = await store.finishRun(claim, outcome, checkpoint);
      if (end) announce(claim);
      return end;
    },
  };
  return Object.assign(Object.create(store) as RunStore, told);
}
