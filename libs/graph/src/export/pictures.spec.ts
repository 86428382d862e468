import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGraph } from '../../../../test/support/any-graph.js';
import type { WorkflowGraph } from '../graph-schema.js';
import { exportGraph } from './export-graph.js';
import { MAX_MERMAID_CHARS } from './mermaid.js';
import { MAX_SVG_SPAN } from './svg.js';

const HOSTILE = [
  'end',
  'a"] --> b["',
  '"`**bold**`"',
  '%%{init: {"theme":"dark"}}%%',
  'click n1 "javascript:alert(1)"',
  '<img src=x onerror=alert(1)>',
  '</text><script>alert(1)</script>',
  ']]> &amp; &#60; #lt; ;;;',
  "x' onload='y",
  '1. first',
  '$$x^2$$',
  'style a fill:#fff;',
  'subgraph one',
  '😀 ümläut 日本語',
];

function chain(texts: readonly string[], position = (at: number) => ({ x: at * 312, y: 0 })): WorkflowGraph {
  return {
    nodes: texts.map((label, at) => ({
      id: `n${at}`,
      type: at === 0 ? 'trigger.manual' : 'logic.if',
      label,
      parameters: {},
      position: position(at),
    })),
    edges: texts
      .slice(1)
      .map((branch, at) => ({ id: `e${at}`, source: `n${at}`, target: `n${at + 1}`, branch: branch.slice(0, 60) })),
  };
}

/** The Mermaid grammar that this export writes, and nothing else. */
const TEXT = String.raw`"(?:[\p{L}\p{N}\p{M} .,…]|#\d+;)*`;
const STEP = new RegExp(
  String.raw`^  n\d+(?:\(\[${TEXT}<br/>${TEXT.slice(1)}"\]\)|\{${TEXT}<br/>${TEXT.slice(1)}"\}|\[${TEXT}<br/>${TEXT.slice(1)}"\])$`,
  'u',
);
const CONNECTION = new RegExp(String.raw`^  n\d+ -->(?:\|${TEXT}"\|)? n\d+$`, 'u');

function decoded(text: string): string {
  return text.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

describe('a Mermaid flowchart', () => {
  it('draws steps by kind, branches by name, and no step is called by its id', () => {
    const graph = chain(['Start', 'Big?', 'end']);
    const { content, filename, mediaType } = exportGraph({ title: 'Füll "it" in: now', graph }, 'mermaid');
    expect(content).toMatchInlineSnapshot(`
      "---
      title: "Füll \\U00000022it\\U00000022 in\\U0000003a now"
      ---
      flowchart LR
        n1(["Start<br/>trigger.manual"])
        n2{"Big#63;<br/>logic.if"}
        n3{"end<br/>logic.if"}
        n1 -->|"Big#63;"| n2
        n2 -->|"end"| n3
      "
    `);
    expect({ filename, mediaType }).toEqual({
      filename: 'full-it-in-now.mmd',
      mediaType: 'text/vnd.mermaid; charset=utf-8',
    });
  });

  it.each(HOSTILE)('cannot be broken by %s', (text) => {
    const lines = exportGraph({ title: text, graph: chain([text, text]) }, 'mermaid')
      .content.trimEnd()
      .split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[1]).toMatch(/^title: "(?:[\p{L}\p{N}\p{M} .,…]|\\U[0-9a-f]{8})*"$/u);
    expect(lines[4]).toMatch(STEP);
    expect(lines[6]).toMatch(CONNECTION);
    expect(decoded(lines[4] ?? '')).toContain(text);
  });

  it('stays within what Mermaid draws, and says which names it cut', () => {
    const graph = chain(Array.from({ length: 200 }, (_, at) => `${at} ${'"'.repeat(110)}`));
    const { content, losses } = exportGraph({ title: 'A', graph }, 'mermaid');
    expect(content.length).toBeLessThanOrEqual(MAX_MERMAID_CHARS);
    expect(losses.filter(({ path }) => path === 'label')).toHaveLength(200);
    expect(losses.filter(({ edgeId }) => edgeId !== undefined)).toHaveLength(199);
  });

  it('has one line for each step and connection, whatever the graph', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const { content, losses } = exportGraph({ title: 'A', graph }, 'mermaid');
        const lines = content.trimEnd().split('\n').slice(4);
        for (const line of lines) expect(STEP.test(line) || CONNECTION.test(line), line).toBe(true);
        const lost = losses.filter(
          ({ edgeId, nodeId, path }) => edgeId !== undefined || (nodeId !== undefined && !path),
        );
        expect(lines.length + lost.length).toBeGreaterThanOrEqual(
          new Set(graph.nodes.map(({ id }) => id)).size + new Set(graph.edges.map(({ id }) => id)).size,
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** Whether the text is XML with one root; reads exactly what this export writes. */
function wellFormed(xml: string): boolean {
  const open: string[] = [];
  const rest = xml.replaceAll(
    /<(\/?)([a-zA-Z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(\/?)>/g,
    (_, close, name, _attributes, empty) => {
      if (close) return open.pop() === name ? '' : '<';
      if (!empty) open.push(name);
      return '';
    },
  );
  return open.length === 0 && !/[<>]|&(?!#\d+;)/.test(rest);
}

describe('an SVG picture', () => {
  it.each(HOSTILE)('is XML without scripts or addresses, whatever a label says: %s', (text) => {
    const { content } = exportGraph({ title: text, graph: chain([text, text, text]) }, 'svg');
    expect(wellFormed(content)).toBe(true);
    expect(content).not.toMatch(/<script|<foreignObject|<image|<a[ >]|<use|href=|url\((?!#arrow\))| on\w+="/i);
    expect(content.match(/http[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
  });

  it('is well-formed for any graph, and finite', () => {
    fc.assert(
      fc.property(anyGraph, fc.string({ unit: 'binary', maxLength: 40 }), (graph, title) => {
        const { content } = exportGraph({ title, graph }, 'svg');
        expect(wellFormed(content)).toBe(true);
        expect(content).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the places of the canvas', () => {
    const { content } = exportGraph(
      { title: 'A', graph: chain(['One', 'Two'], (at) => ({ x: at * 312, y: -50 })) },
      'svg',
    );
    expect(content).toContain('<rect class="trigger" x="0" y="-50"');
    expect(content).toContain('<rect class="logic" x="312" y="-50"');
    expect(content).toContain('@media (prefers-color-scheme:dark)');
  });

  it('arranges a graph anew that lies too far apart, and says so', () => {
    const graph = chain(['One', 'Two'], (at) => ({ x: at * 1_000_000, y: 0 }));
    const { content, losses } = exportGraph({ title: 'A', graph }, 'svg');
    const [, width] = /width="(\d+)"/.exec(content) ?? [];
    expect(Number(width)).toBeLessThan(MAX_SVG_SPAN);
    expect(losses).toContainEqual({
      message: 'The steps lie too far apart for a picture, so they are arranged anew.',
    });
  });

  it('is bounded for the largest graph', () => {
    const graph = chain(
      Array.from({ length: 200 }, () => '"'.repeat(120)),
      (at) => ({ x: at * 100, y: at * 100 }),
    );
    expect(exportGraph({ title: 'A', graph }, 'svg').content.length).toBeLessThan(1024 * 1024);
  });
});
