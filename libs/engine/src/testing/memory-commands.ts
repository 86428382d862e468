/** User commands for an in-memory store: submit a prompt, cancel, retry, answer a hook. */

import { z } from 'zod';
import {
  type HookId,
  isTerminalRunStatus,
  type JsonValue,
  LOCAL_USER_ID,
  newId,
  ORIGIN_CURSOR,
  promptLockFor,
  type RunId,
  type StatusEvent,
  type WorkflowId,
} from '#libs/contracts';
import { emptyGraph, lintGraph } from '#libs/graph';
import type { OpenEpochEffect } from '../ports/effects.port.js';
import { hookSummary, type RunRecord, type WorkflowRecord } from './memory-records.js';
import type { MemoryRunStore } from './memory-run-store.js';
import { closeAnswer, endRun, nextEpoch, publishing } from './memory-transitions.js';

export interface Submission {
  agent: string;
  prompt: string;
  /** The workflow to continue; a new one when absent. */
  workflowId?: WorkflowId;
  /** The time zone in which the prompt was written, as an IANA name. */
  timeZone?: string;
}

export class MemoryCommands {
  constructor(private readonly store: MemoryRunStore) {}

  /** Queues a run. Throws while another run of the workflow is in progress. */
  submit({ agent, prompt, workflowId, timeZone }: Submission): RunRecord {
    const { records } = this.store;
    const workflow = workflowId === undefined ? this.newWorkflow(agent, prompt) : records.workflow(workflowId);
    if (promptLockFor(workflow.status)) throw new Error(`A run of ${workflow.id} is under way.`);
    const id = newId('run');
    const messageId = newId('message');
    const run: RunRecord = {
      id,
      workflowId: workflow.id,
      agent,
      prompt,
      timeZone: timeZone ?? null,
      status: 'QUEUED',
      epoch: null,
      attempts: 0,
      attemptsWithoutProgress: 0,
      retries: 0,
      heldBy: null,
      lostAs: null,
      error: null,
      usage: null,
      startedAt: null,
      finishedAt: null,
      streamClosed: false,
      answer: { id: messageId, chunks: [{ type: 'start', messageId }], segments: [], nextIndex: 1, complete: false },
      steps: [],
      hooks: [],
      history: [],
    };
    records.addRun(workflow, run);
    workflow.activeRunId = id;
    records.setStatus(workflow, 'GENERATING');
    records.record(run, 'run_created', { agent, model: null });
    return run;
  }

  /**
   * Ends the run, whoever holds it; `null` when it had already ended. Returns the effect that publishes the end, which is
   * also performed.
   */
  cancel(runId: RunId): OpenEpochEffect | null {
    const { workflow, run } = this.find(runId);
    if (isTerminalRunStatus(run.status)) return null;
    const epoch = nextEpoch(workflow);
    closeAnswer(run, 'other');
    endRun(this.store.records, run, { status: 'CANCELED' }, epoch);
    const effect = publishing(workflow);
    this.store.perform([effect]);
    return effect;
  }

  /** Requeues a run that failed or was canceled. Throws when it cannot be retried. */
  retry(runId: RunId): void {
    const { workflow, run } = this.find(runId);
    const was = run.status;
    if (promptLockFor(workflow.status) || was === 'SUCCEEDED' || workflow.runs.at(-1) !== run) {
      throw new Error(`${runId} is ${was}: it cannot be retried.`);
    }
    resetSteps(run);
    run.answer.complete = false;
    Object.assign(run, { status: 'QUEUED', error: null, attemptsWithoutProgress: 0, finishedAt: null });
    run.streamClosed = false;
    run.retries += 1;
    workflow.activeRunId = runId;
    this.store.records.setStatus(workflow, 'GENERATING');
    this.store.records.record(run, 'run_retried', { was });
  }

  /**
   * Answers a hook. Throws when it accepts no answer any more, or when the payload does not fit its schema. A run that was
   * waiting is requeued.
   */
  answer(runId: RunId, hookId: HookId, given: JsonValue): void {
    const { workflow, run } = this.find(runId);
    const { records, clock } = this.store;
    const hook = run.hooks.find(({ id }) => id === hookId);
    if (!hook) throw new Error(`The run has no hook ${hookId}.`);
    const now = clock.now();
    const isOver = hook.expiresAt !== null && hook.expiresAt <= now;
    if (hook.status !== 'WAITING' || isOver) {
      throw new Error(`The hook "${hook.name}" takes no answer: it is ${isOver ? 'EXPIRED' : hook.status}.`);
    }
    const read = z.fromJSONSchema(hook.schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(given);
    if (!read.success) throw new Error(`The answer to "${hook.name}" does not fit: ${z.prettifyError(read.error)}`);
    hook.status = 'RESOLVED';
    hook.payload = structuredClone(read.data as JsonValue);
    hook.resolvedBy = LOCAL_USER_ID;
    hook.resolvedAt = now;
    records.record(run, 'hook_received', { hookId, name: hook.name, by: LOCAL_USER_ID }, hook.stepId);
    if (run.status !== 'WAITING') return;
    run.epoch = nextEpoch(workflow);
    run.status = 'QUEUED';
    records.setStatus(workflow, 'GENERATING');
    records.record(run, 'run_resumed', { epoch: run.epoch });
    const status: StatusEvent = {
      type: 'status',
      runId,
      status: 'GENERATING',
      runStatus: 'QUEUED',
      error: null,
      terminal: false,
      at: workflow.statusSince.toISOString(),
    };
    const events = [{ type: 'hook', hook: hookSummary(run, hook) } as const, status];
    this.store.perform([{ ...publishing(workflow), events }]);
  }

  private newWorkflow(agent: string, prompt: string): WorkflowRecord {
    const graph = emptyGraph();
    return {
      id: newId('workflow'),
      ownerId: LOCAL_USER_ID,
      title: prompt,
      titleIsOwn: false,
      agent,
      status: 'IDLE',
      statusSince: this.store.clock.now(),
      epoch: 0,
      cursor: ORIGIN_CURSOR,
      graph,
      graphIssues: lintGraph(graph),
      graphRevision: 0,
      activeRunId: null,
      revisions: [],
      runs: [],
    };
  }

  private find(runId: RunId): { workflow: WorkflowRecord; run: RunRecord } {
    const run = this.store.records.run(runId);
    if (!run) throw new Error(`There is no run ${runId}.`);
    return { run, workflow: this.store.records.workflow(run.workflowId) };
  }
}

/**
 * Resets what did not succeed, so that it is executed again. A failure that the agent caught and continued from stays: a
 * later step was asked for after the agent had been given it.
 */
function resetSteps(run: RunRecord): void {
  const positions = run.steps.flatMap(({ commitPosition }) => commitPosition ?? []);
  const isCaught = (position: number) => {
    const given = positions.filter((one) => one <= position).length;
    return run.steps.some(({ askedAfter }) => askedAfter !== null && askedAfter >= given);
  };
  const again = run.steps.filter(({ status, commitPosition }) => {
    if (status === 'FAILED') return commitPosition === null || !isCaught(commitPosition);
    return status === 'RUNNING' || status === 'RETRYING' || status === 'CANCELED';
  });
  for (const step of again) {
    Object.assign(step, { status: 'PENDING', error: null, finishedAt: null, commitPosition: null });
  }
}
