import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addNodes, connectNodes, emptyGraph, type WorkflowGraph } from '#libs/graph';
import { DESKTOP, expectAccessible, PHONE } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const prompt =
  'When a Stripe payment fails, tell #billing in Slack and open a Linear ticket for the account owner. If the customer pays more than $1,000 a month, also email the CFO.';
let system: System;
let browser: Browser;

beforeAll(async () => {
  system = await System.start();
  browser = await Browser.launch();
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Shown {
  canvas: Box;
  details: Box | null;
  nodes: (Box & { id: string })[];
  zoom: number;
}

const look = `(() => {
  const box = (element) => { const { left, top, right, bottom } = element.getBoundingClientRect(); return { left, top, right, bottom }; };
  const details = document.querySelector('[data-testid=node-details]');
  return {
    canvas: box(document.querySelector('[data-testid=canvas]')),
    details: details && box(details),
    nodes: Array.from(document.querySelectorAll('[data-testid=canvas-node]'), (node) => ({ id: node.dataset.nodeId, ...box(node) })),
    zoom: new DOMMatrix(getComputedStyle(document.querySelector('.react-flow__viewport')).transform).a,
  };
})()`;

const shown = (page: Page) => page.evaluate<Shown>(look);
const isInside = (inner: Box, outer: Box) =>
  inner.left >= outer.left && inner.top >= outer.top && inner.right <= outer.right && inner.bottom <= outer.bottom;
const isApart = (one: Box, other: Box) =>
  one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;

/** Waits until the camera has come to rest with so many nodes in view, all of them whole. */
async function untilWhole(page: Page, count: number): Promise<Shown> {
  await page.getByTestId('canvas').waitFor();
  await until(async () => {
    const { canvas, nodes } = await shown(page);
    return nodes.length === count && nodes.every((node) => isInside(node, canvas));
  }, `${count} nodes are whole in view`);
  return shown(page);
}

async function build(): Promise<{ page: Page; workflowId: string; count: number }> {
  const page = await browser.open(system.url);
  await page.setViewportSize(DESKTOP);
  await page.getByTestId('prompt-input').fill(prompt);
  await page.getByTestId('submit').click();
  await page.waitForURL(/\/w\/wf_/);
  const workflowId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const status = page.getByTestId('status').first();
  await until(async () => (await status.getAttribute('data-status')) === 'IDLE', 'the workflow is ready', 60_000);
  const workflow = await system.api.workflow(workflowId);
  return { page, workflowId, count: workflow?.graph.nodes.length ?? 0 };
}

/** A path of so many nodes, as placed while it was built. */
function longPath(count: number): WorkflowGraph {
  let graph = emptyGraph();
  for (let at = 0; at < count; at += 1) {
    const node = { id: `n${at}`, type: 'logic.merge', label: `Node ${at}`, ...(at > 0 && { after: `n${at - 1}` }) };
    graph = addNodes(graph, [node]).graph;
    if (at > 0) graph = connectNodes(graph, [{ source: `n${at - 1}`, target: `n${at}` }]).graph;
  }
  return graph;
}

async function store(workflowId: string, graph: WorkflowGraph): Promise<void> {
  const client = new pg.Client({ connectionString: system.database.url });
  await client.connect();
  try {
    await client.query(
      'UPDATE workflows SET graph = $1, graph_issues = NULL, graph_revision = graph_revision + 1 WHERE id = $2',
      [JSON.stringify(graph), workflowId],
    );
  } finally {
    await client.end();
  }
}

describe('the canvas', () => {
  it('shows the whole result after a build, after a reload and on a phone, at a size that can be read', async () => {
    const { page, count } = await build();
    expect(count).toBeGreaterThan(4);
    expect((await untilWhole(page, count)).zoom).toBeGreaterThanOrEqual(0.6);
    await page.reload();
    expect((await untilWhole(page, count)).zoom).toBeGreaterThanOrEqual(0.6);
    await page.setViewportSize(PHONE);
    await page.getByRole('tab', { name: 'Canvas' }).click();
    expect((await untilWhole(page, count)).zoom).toBeGreaterThanOrEqual(0.5);
    await page.close();
  });

  it('shows twelve nodes whole, and of more the newest, and says how many are outside and where', async () => {
    const { page, workflowId } = await build();
    await store(workflowId, longPath(12));
    await page.reload();
    expect((await untilWhole(page, 12)).zoom).toBeGreaterThanOrEqual(0.6);
    expect(await page.getByTestId('nodes-outside').count()).toBe(0);

    await store(workflowId, longPath(60));
    await page.reload();
    const note = page.getByTestId('nodes-outside');
    await note.waitFor();
    await until(async () => (await shown(page)).nodes.length === 60, 'all nodes are drawn');
    const { canvas, nodes } = await shown(page);
    const inView = nodes.filter((node) => isInside(node, canvas)).map((node) => node.id);
    expect(inView).toContain('n59');
    expect(await note.innerText()).toMatch(new RegExp(`${60 - inView.length} steps are out of view: \\d+ above`));
    await page.getByTestId('issues').getByRole('button').first().click();
    await page.getByTestId('issues').getByRole('listitem').first().waitFor();
    await expectAccessible(page, [DESKTOP]);
    await page.getByTestId('issues').getByRole('button').first().click();

    await note.getByRole('button', { name: 'Show all' }).click();
    await untilWhole(page, 60);
    await page.setViewportSize({ width: 1100, height: 620 });
    await untilWhole(page, 60);
    await page.close();
  });

  it.each([
    ['beside it', DESKTOP],
    ['below it', PHONE],
  ])('keeps a node free of its details, which open %s', async (_, size) => {
    const { page, count } = await build();
    await page.setViewportSize(size);
    if (size === PHONE) await page.getByRole('tab', { name: 'Canvas' }).click();
    const { nodes } = await untilWhole(page, count);
    for (const { id } of nodes) {
      await page.locator(`[data-testid=canvas-node][data-node-id="${id}"]`).click();
      await page.getByTestId('node-details').waitFor();
      await until(async () => {
        const now = await shown(page);
        const node = now.nodes.find((candidate) => candidate.id === id);
        return node !== undefined && now.details !== null && isInside(node, now.canvas) && isApart(node, now.details);
      }, `the details leave ${id} free`);
      await page.keyboard.press('Escape');
      await untilWhole(page, count);
    }
    await page.close();
  });
});
