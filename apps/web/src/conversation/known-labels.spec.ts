import { describe, expect, it } from 'vitest';
import type { GraphState, MessagePart, MessageState } from '#libs/client';
import { knownLabels } from './known-labels.js';

const part = (input: unknown) =>
  ({ type: 'tool-addNodes', toolCallId: 'call_1', state: 'input-available', input }) as unknown as MessagePart;
const message = (...parts: MessagePart[]): MessageState => ({
  id: 'msg_1',
  role: 'assistant',
  runId: null,
  parts,
  complete: true,
  createdAt: null,
});
const graph: GraphState = {
  revision: 1,
  nodes: [{ id: 'slack', type: 'slack.send', label: 'Tell #ops', parameters: {}, position: { x: 0, y: 0 } }],
  edges: [],
  issues: [],
};

describe('knownLabels', () => {
  it('knows a node that was removed, and the present label of one that was renamed', () => {
    const nodes = [
      { id: 'slack', label: 'Tell #billing' },
      { id: 'openTicket', label: 'Open a ticket' },
    ];
    const labels = knownLabels(graph, [message(part({ nodes }))]);
    expect(labels.get('slack')).toBe('Tell #ops');
    expect(labels.get('openTicket')).toBe('Open a ticket');
  });

  it('stands input of any shape', () => {
    for (const input of [undefined, null, 3, { nodes: [null, 1, { id: 7 }] }]) {
      expect(knownLabels(graph, [message(part(input))]).size).toBe(1);
    }
  });
});
