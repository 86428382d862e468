import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits, type StepId } from '#libs/contracts';
import type { ClaimedRun, GraphEditOutcome } from '#libs/engine';
import { emptyPatch, type GraphNode, type WorkflowGraph } from '#libs/graph';
import { createTestDatabase, type TestDatabase, textPart } from '../../testing/test-database.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
});
afterAll(() => db.drop());

function nodeOf(id: string, label = id): GraphNode {
  return { id, type: 'trigger.manual', label, parameters: {}, position: { x: 0, y: 0 } };
}

/** Adds a node, and an edge from it to itself that has no branch. */
function adding(id: string, label = id) {
  return (graph: WorkflowGraph): GraphEditOutcome => {
    const node = nodeOf(id, label);
    const edge = { id: `e-${id}`, source: id, target: id };
    return {
      graph: { nodes: [...graph.nodes, node], edges: [...graph.edges, edge] },
      patch: { ...emptyPatch(), upsertNodes: [node], upsertEdges: [edge] },
      issues: [{ code: 'NO_TRIGGER' as never, severity: 'ERROR', message: 'Add a trigger.' }],
      output: { added: id },
      chunks: textPart(id, `added ${id}`),
      usage: null,
    };
  };
}

async function begin(claimed: ClaimedRun, name: string): Promise<StepId> {
  const start = { name, occurrence: 0, kind: 'TOOL_CALL', input: null, inputHash: 'hash' } as const;
  return (await db.store.startStep(claimed.claim, start)).step.id;
}

describe('a step that edits the graph', () => {
  it('shows in the history neither secrets of the graph nor more of it than an event may have', async () => {
    const claimed = await db.submitAndClaim();
    const { ownerId, runId } = claimed.claim;
    const changed = async (name: string, parameters: GraphNode['parameters']) => {
      const node = { ...nodeOf(name), parameters };
      const done = await db.store.completeGraphStep(claimed.claim, await begin(claimed, name), (graph) => {
        return { ...adding(name)(graph), patch: { ...emptyPatch(), upsertNodes: [node] } };
      });
      expect(done.event?.upsertNodes).toEqual([node]);
      const { rows } = await db.reader.runEvents(ownerId, runId, { first: 100, after: null });
      return JSON.stringify(rows.findLast((event) => event.type === 'graph_changed')?.data);
    };
    const secret = await changed('secret', { url: 'https://example.org', privateKey: 'hunter2' });
    expect(secret).toContain('example.org');
    expect(secret).not.toContain('hunter2');
    const large = await changed('large', { body: 'x'.repeat(2 * limits.storedValueBytes) });
    expect(large.length).toBeLessThanOrEqual(limits.storedValueBytes);
  });

  it('keeps text that Postgres cannot hold, in the graph and in its stored revision', async () => {
    const claimed = await db.submitAndClaim();
    const { claim } = claimed;
    await db.store.completeGraphStep(claim, await begin(claimed, 'odd'), adding('odd', 'a\0b\ud800\ue0ff'));
    await db.store.finishRun(claim, { status: 'SUCCEEDED', title: 'odd\0title', saveRevision: true }, null);
    const revision = await db.reader.revision(claim.ownerId, claim.workflowId, 1);
    expect(revision?.graph.nodes[0]?.label).toBe('a\0b\ud800\ue0ff');
    expect(await db.reader.workflow(claim.ownerId, claim.workflowId)).toMatchObject({
      title: 'odd\0title',
      graph: revision?.graph,
    });
  });
});
