import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPORT_FORMATS, type ExportLoss, type GraphExport, importGraph } from '#libs/graph';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let system: System;
let workflowId: string;

beforeAll(async () => {
  system = await System.start({ tokensPerSecond: 0 });
  const started = await system.api.start('When a Stripe payment fails, tell #billing in Slack and email the CFO.');
  workflowId = started.workflowId;
  await until(
    async () => (await system.api.run(started.runId))?.status === 'SUCCEEDED',
    'the workflow is built',
    60_000,
  );
});

afterAll(() => system?.stop());

const DOCUMENT = `query($id: ID!, $format: ExportFormat!) { workflow(id: $id) {
  export(format: $format) { filename mediaType content losses { nodeId edgeId path message } } } }`;

async function byQuery(format: string): Promise<GraphExport> {
  const variables = { id: workflowId, format: format.toUpperCase() };
  const { workflow } = await system.api.data<{ workflow: { export: GraphExport } }>(DOCUMENT, variables);
  return workflow.export;
}

const byHttp = (path: string) => fetch(`${system.url}/workflows/${path}`);

describe('an export', () => {
  it.each(EXPORT_FORMATS)('is the same by query and as a file: %s', async (format) => {
    const exported = await byQuery(format);
    expect(exported.content.length).toBeGreaterThan(100);
    const file = await byHttp(`${workflowId}/export?format=${format}`);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')?.split(';')[0]).toBe(exported.mediaType.split(';')[0]);
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${exported.filename}"`);
    expect(file.headers.get('x-holdfast-losses')).toBe(String(exported.losses.length));
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await file.text()).toBe(exported.content);

    const listed = /<([^>]+)>; rel="describedby"/.exec(file.headers.get('link') ?? '')?.[1];
    const { losses } = (await (await fetch(new URL(listed ?? '', system.url))).json()) as { losses: ExportLoss[] };
    const plain = (all: readonly ExportLoss[]) => all.map(({ nodeId, message }) => [nodeId ?? null, message]);
    expect(plain(losses)).toEqual(plain(exported.losses));
  });

  it('to a file of Holdfast holds the whole graph', async () => {
    const { workflow } = await system.api.data<{ workflow: { title: string; graph: { nodes: { id: string }[] } } }>(
      'query($id: ID!) { workflow(id: $id) { title graph { nodes { id } } } }',
      { id: workflowId },
    );
    const imported = importGraph((await byQuery('json')).content);
    expect(imported).toMatchObject({ ok: true, workflow: { title: workflow.title } });
    const nodes = imported.ok ? imported.workflow.graph.nodes : [];
    expect(nodes.map(({ id }) => id).sort()).toEqual(workflow.graph.nodes.map(({ id }) => id).sort());
  });

  it('can be asked for in a list, but not of a whole page at once', async () => {
    const list = (first: number) =>
      system.api.request(`{ workflows(first: ${first}) { nodes { export(format: SVG) { filename } } } }`);
    expect(await list(2)).toMatchObject({
      data: { workflows: { nodes: [{ export: { filename: expect.stringMatching(/\.svg$/) } }] } },
    });
    expect((await list(100)).errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it.each([
    ['no format', () => `${workflowId}/export`, 400],
    ['a format that nobody knows', () => `${workflowId}/export?format=docx`, 400],
    ['a format twice', () => `${workflowId}/export?format=svg&format=json`, 400],
    ['the name of an object’s own function', () => `${workflowId}/export?format=toString`, 400],
    ['a workflow that does not exist', () => `wf_${'0'.repeat(32)}/export?format=svg`, 404],
    ['what is no id', () => '..%2f..%2fetc/export?format=svg', 404],
  ])('is refused for %s', async (_, path, status) => {
    const answer = await byHttp(path());
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
  });
});
