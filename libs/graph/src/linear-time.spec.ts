import { describe, expect, it } from 'vitest';
import type { JsonValue } from '#libs/contracts';
import { cpuMsOf } from '../../../test/support/cpu-time.js';
import { expectLinear } from '../../../test/support/hostile-texts.js';
import { searchNodeTypes } from './catalog/search-node-types.js';
import { edgeIdOf } from './edit/edge-id.js';
import { parseExpression } from './expressions/parse-expression.js';
import { Template } from './expressions/parse-template.js';
import { MAX_PARAMETERS_BYTES, nodeLabelSchema, type WorkflowGraph } from './graph-schema.js';
import { jsonProblem } from './json.js';
import { lintGraph, MAX_ISSUES } from './lint/lint-graph.js';
import { cronProblem } from './values/cron.js';
import { parseDuration } from './values/duration.js';

const position = { x: 0, y: 0 };

function around(type: string, parameters: Record<string, JsonValue>, more = 0): WorkflowGraph {
  return {
    nodes: [
      { id: 'start', type: 'trigger.schedule', label: 'Monday', parameters: { cron: '0 8 * * 1' }, position },
      { id: 'n', type, label: 'Do it', parameters, position },
      ...Array.from({ length: more }, (_, index) => ({ id: `m${index}-a`, type, label: 'More', parameters, position })),
    ],
    edges: [{ id: edgeIdOf('start', null, 'n'), source: 'start', target: 'n', branch: null }],
  };
}

const places: readonly [string, (text: string) => WorkflowGraph][] = [
  ['text', (text) => around('action.slack', { channel: '#a', text })],
  ['condition', (condition) => around('logic.if', { condition })],
  ['code', (code) => around('action.code', { code })],
  ['address', (url) => around('action.http', { url })],
  ['header', (text) => around('action.http', { url: 'https://a.io', headers: { authorization: text } })],
  ['body', (body) => around('action.http', { url: 'https://a.io', method: 'POST', body: { password: body } })],
  ['recipients', (to) => around('action.email', { to, subject: 's', body: 'b' })],
  ['cron', (cron) => around('trigger.schedule', { cron })],
  ['duration', (duration) => around('logic.wait', { duration })],
];

describe('time is linear in the length of a text', { timeout: 120_000 }, () => {
  it.each(places)('for the linter, in a parameter that is a %s', (_, graphWith) => {
    expectLinear(MAX_PARAMETERS_BYTES, (text) => lintGraph(graphWith(text)));
  });

  it('for finding and parsing expressions', () => {
    expectLinear(64 * 1024, (text) => new Template(text).expressions);
    expectLinear(64 * 1024, parseExpression);
  });

  it('for values, labels and searches', () => {
    expectLinear(64 * 1024, (text) => [cronProblem(text), parseDuration(text), searchNodeTypes(text)]);
    expectLinear(64 * 1024, (text) => [jsonProblem(text), nodeLabelSchema.safeParse(text)]);
  });
});

describe('a graph of nothing but mistakes', { timeout: 60_000 }, () => {
  it('costs no more than the time to read it, and still names the errors', () => {
    const text = '{{x}}{{nodes.y}}{{item.z}}{{"'.repeat(200);
    let issues: ReturnType<typeof lintGraph> = [];
    const ms = cpuMsOf(() => {
      issues = lintGraph(around('action.slack', { channel: '#a', text }, 150));
    });
    expect(issues).toHaveLength(MAX_ISSUES);
    expect(new Set(issues.map(({ severity }) => severity))).toEqual(new Set(['ERROR']));
    expect(ms).toBeLessThan(5_000);
  });
});
