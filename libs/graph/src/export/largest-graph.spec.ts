import { describe, expect, it } from 'vitest';
import type { JsonValue } from '#libs/contracts';
import { MAX_EDGES, MAX_NODES, MAX_PARAMETERS_BYTES, type WorkflowGraph } from '../graph-schema.js';
import { EXPORT_FORMATS, exportGraph } from './export-graph.js';

const full = (piece: string): string => piece.repeat(Math.floor((MAX_PARAMETERS_BYTES - 100) / (piece.length + 1)));

/** A graph with the maximum number of steps and edges, each step as large as allowed. */
function largest(type: string, parameters: Record<string, JsonValue>, target: (at: number) => number): WorkflowGraph {
  const nodes = Array.from({ length: MAX_NODES }, (_, at) => ({
    id: `n${at}`,
    type: at === 0 ? 'trigger.webhook' : type,
    label: 'The same name for all',
    parameters: at === 0 ? {} : parameters,
    position: { x: at * 90, y: 0 },
  }));
  const edges = Array.from({ length: MAX_EDGES }, (_, at) => ({
    id: `e${at}`,
    source: `n${at % MAX_NODES}`,
    target: `n${target(at)}`,
    branch: type === 'logic.forEach' && at >= MAX_NODES ? 'each' : null,
  }));
  return { nodes, edges };
}

const chain = (at: number): number => (at + 1) % MAX_NODES;
const ladder = (at: number): number => (at < MAX_NODES ? at + 1 : at + 2) % MAX_NODES;
const star = (at: number): number => (at % 2 ? MAX_NODES - 1 : (at * 7) % MAX_NODES);

describe('the largest graph', { timeout: 120_000 }, () => {
  const graphs: [string, WorkflowGraph][] = [
    ['texts full of references', largest('action.slack', { channel: '#a', text: full('{{ nodes.n1.a }}') }, ladder)],
    ['texts full of braces', largest('action.slack', { channel: '#a', text: full('{{') }, star)],
    [
      'long lists',
      largest('action.http', { url: 'https://a.io', body: Array.from({ length: 3000 }, () => '{{ now }}') }, chain),
    ],
    ['many cases', largest('logic.switch', { cases: Array.from({ length: 1500 }, (_, at) => `case ${at}`) }, chain)],
    ['loops within loops', largest('logic.forEach', { items: 'trigger.rows' }, ladder)],
    ['paths that part and meet', largest('logic.merge', {}, ladder)],
    [
      'settings that nobody knows',
      largest('action.sms', Object.fromEntries(Array.from({ length: 2500 }, (_, at) => [`s${at}`, 1])), star),
    ],
  ];
  for (const format of EXPORT_FORMATS) {
    it.each(graphs)(`is exported as ${format} within seconds: %s`, (_, graph) => {
      // CPU time of this process: a machine that is busy with something else says nothing about the export.
      const before = process.cpuUsage();
      const { losses } = exportGraph({ title: 'A', graph }, format);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000).toBeLessThan(10_000);
      expect(losses.length).toBeLessThanOrEqual(2_001);
    });
  }
});
