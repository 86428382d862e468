import { describe, expect, it } from 'vitest';
import { WorkflowSessions } from './workflow-sessions.js';
import type { WorkflowTransport } from './workflow-transport.port.js';

const transport: WorkflowTransport = {
  loadWorkflow: () => Promise.resolve(null),
  loadMessages: () => Promise.resolve(null),
  subscribe: () => () => undefined,
};

describe('WorkflowSessions', () => {
  it('gives every caller the same session of a workflow', () => {
    const sessions = new WorkflowSessions({ transport });
    expect(sessions.get('wf_1')).toBe(sessions.get('wf_1'));
    expect(sessions.get('wf_1')).not.toBe(sessions.get('wf_2'));
  });

  it('remembers a bounded number of workflows that nobody looks at, and all that somebody does', () => {
    const sessions = new WorkflowSessions({ transport });
    const watched = sessions.get('wf_watched');
    const stop = watched.subscribe(() => undefined);
    const first = sessions.get('wf_0');
    for (let at = 1; at <= 100; at++) sessions.get(`wf_${at}`);
    expect(sessions.get('wf_watched')).toBe(watched);
    expect(sessions.get('wf_0')).not.toBe(first);
    stop();
  });

  it('ends all sessions, and those that are asked for later, when it is disposed', () => {
    let loads = 0;
    const counting: WorkflowTransport = {
      ...transport,
      loadWorkflow: () => {
        loads++;
        return Promise.resolve(null);
      },
    };
    const sessions = new WorkflowSessions({ transport: counting });
    const before = sessions.get('wf_1');
    sessions.dispose();
    before.subscribe(() => undefined);
    sessions.get('wf_1').subscribe(() => undefined);
    expect(loads).toBe(0);
  });

  it('makes a new one after a workflow was forgotten', () => {
    const sessions = new WorkflowSessions({ transport });
    const before = sessions.get('wf_1');
    sessions.forget('wf_1');
    expect(sessions.get('wf_1')).not.toBe(before);
  });
});
