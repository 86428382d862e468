import { describe, expect, it } from 'vitest';
import { WorkflowSessions } from './workflow-sessions.js';
import type { WorkflowTransport } from './workflow-transport.port.js';

const transport: WorkflowTransport = {
  loadWorkflow: () => Promise.resolve(null),
  subscribe: () => () => undefined,
};

describe('WorkflowSessions', () => {
  it('gives every caller the same session of a workflow', () => {
    const sessions = new WorkflowSessions({ transport });
    expect(sessions.get('wf_1')).toBe(sessions.get('wf_1'));
    expect(sessions.get('wf_1')).not.toBe(sessions.get('wf_2'));
  });

  it('makes a new one after a workflow was forgotten', () => {
    const sessions = new WorkflowSessions({ transport });
    const before = sessions.get('wf_1');
    sessions.forget('wf_1');
    expect(sessions.get('wf_1')).not.toBe(before);
  });
});
