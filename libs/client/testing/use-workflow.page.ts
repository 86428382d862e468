/**
 * A page for the browser suite: one component on `useWorkflow`, on a session whose batches the suite sends. Counts
 * renders and painted frames; asks no server.
 */
import { createElement, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import type { UIMessageChunk } from '../src/contracts.js';
import type { HoldfastClient } from '../src/holdfast-client.js';
import { HoldfastProvider, useWorkflow } from '../src/react.js';
import { WorkflowSession } from '../src/workflow-session.js';
import { textOf } from '../src/workflow-state.js';
import type { StreamSink, WorkflowSnapshot } from '../src/workflow-transport.port.js';

const opening: UIMessageChunk[] = [{ type: 'start' }, { type: 'text-start', id: 't' }];
const snapshot: WorkflowSnapshot = {
  id: 'wf_1',
  title: 'Title',
  agent: 'workflow-builder',
  status: 'GENERATING',
  cursor: 'c0',
  promptLock: null,
  messages: [
    { id: 'msg_1', role: 'assistant', runId: 'run_1', parts: [], chunks: opening, complete: false, createdAt: null },
  ],
  olderMessages: null,
  graph: { revision: 1, nodes: [], edges: [], issues: [] },
  run: { id: 'run_1', status: 'RUNNING', error: null, historyExpiredAt: null },
  steps: [],
  attemptFailure: null,
  hooks: [],
};

let sink: StreamSink | null = null;
let sent = 0;
const counted = { renders: 0, frames: 0 };

const session = new WorkflowSession({
  workflowId: 'wf_1',
  transport: {
    loadWorkflow: () => Promise.resolve(snapshot),
    loadMessages: () => Promise.resolve(null),
    subscribe: (_request, given) => {
      sink = given;
      return () => undefined;
    },
  },
});

/** Sends this many batches at once, one letter each. */
function send(batches: number): void {
  for (let n = 0; n < batches; n++) {
    sent += 1;
    const chunks: UIMessageChunk[] = [{ type: 'text-delta', id: 't', delta: 'x' }];
    const event = { type: 'chunks', messageId: 'msg_1', runId: 'run_1', chunks } as const;
    sink?.next({ cursor: `c${sent}`, caughtUp: true, events: [event] });
  }
}

/**
 * Sends each batch in a task of its own, as a socket delivers them: many of them between two frames. Goes on until at
 * least this many batches are sent and this many frames are painted, and tells how many batches there were since the start.
 */
function sendInTasks(batches: number, frames: number): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  const until = { sent: sent + batches, frames: counted.frames + frames };
  return new Promise((resolve) => {
    port1.addEventListener('message', () => {
      send(1);
      if (sent < until.sent || counted.frames < until.frames) port2.postMessage(null);
      else {
        port1.close();
        resolve(sent);
      }
    });
    port1.start();
    port2.postMessage(null);
  });
}

function countFrames(): void {
  counted.frames += 1;
  requestAnimationFrame(countFrames);
}

function Shown(): ReactNode {
  counted.renders += 1;
  const { snapshot: shown } = useWorkflow('wf_1');
  return shown.phase === 'ready' ? String(shown.messages.map(textOf).join('').length) : shown.phase;
}

Object.assign(globalThis, { counted, send, sendInTasks });
countFrames();
const root = document.getElementById('root');
// All that the hook asks its client for.
const client = { session: () => session } as unknown as HoldfastClient;
createRoot(root).render(createElement(HoldfastProvider, { value: client }, createElement(Shown)));

/** What this page needs of a browser; the project's types know none. */
declare const document: { getElementById(id: string): Parameters<typeof createRoot>[0] };
declare function requestAnimationFrame(callback: () => void): number;
