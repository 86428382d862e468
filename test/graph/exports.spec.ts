import { describe, expect, it } from 'vitest';
import { EXPORT_FORMATS, exportGraph, hasErrors, importGraph, lintGraph } from '#libs/graph';
import { fixturePrompts, graphOfFixture } from '../support/fixture-graphs.js';

describe('each fixture', () => {
  it.each(fixturePrompts)('is exported to every format: %s', (prompt) => {
    const graph = graphOfFixture(prompt);
    expect(graph.nodes.length).toBeGreaterThan(1);
    expect(hasErrors(lintGraph(graph))).toBe(false);
    for (const format of EXPORT_FORMATS)
      expect(exportGraph({ title: prompt.slice(0, 80), graph }, format).content).not.toBe('');
    const back = importGraph(exportGraph({ title: 'A', graph }, 'json').content);
    expect(back).toEqual({ ok: true, workflow: { title: 'A', graph } });
  });

  it('has its losses named', async () => {
    const lines = ['# What the formats lose of each fixture', ''];
    for (const prompt of fixturePrompts) {
      const graph = graphOfFixture(prompt);
      lines.push(`## ${prompt}`, '');
      for (const format of EXPORT_FORMATS) {
        for (const { nodeId, edgeId, path, message } of exportGraph({ title: 'A', graph }, format).losses) {
          lines.push(
            `- ${format}: ${[nodeId, edgeId, path].filter(Boolean).join(' ')}: ${message}`.replace(': :', ':'),
          );
        }
      }
      lines.push('');
    }
    await expect(lines.join('\n')).toMatchFileSnapshot('../fixtures/export-losses.md');
  });
});
