import { describe, expect, it } from 'vitest';
import { limits } from '#libs/contracts';
import type { AgentContext } from '#libs/engine';
import type { ModelProvider } from './model-provider.js';
import { nameWorkflow, toTitle } from './name-workflow.js';

describe('naming a workflow', () => {
  it('takes the same path in a replay, also when somebody has renamed the workflow meanwhile', async () => {
    const stored = new Map<string, unknown>();
    const path: string[] = [];
    const contextWith = (title: string | null) =>
      ({
        title,
        step: async (name: string, execute: () => unknown) => {
          path.push(name);
          if (!stored.has(name)) stored.set(name, execute());
          return stored.get(name);
        },
        generateText: async (name: string) => {
          path.push(name);
          return 'A title';
        },
      }) as unknown as AgentContext;
    await nameWorkflow(contextWith(null), {} as ModelProvider);
    const first = path.splice(0);
    await nameWorkflow(contextWith('Named by a person'), {} as ModelProvider);
    expect(path).toEqual(first);
    expect(first).toEqual(['find-title', 'name-workflow']);
  });
});

describe("a model's title", () => {
  it('loses quotation marks and full stop, and stands on one line', () => {
    expect(toTitle('“Daily weather\n by mail.”\n')).toBe('Daily weather by mail');
  });

  it('is cleaned as the title of a person is', () => {
    expect(toTitle('safe\u202egpj\u200b\u0007 title')).toBe('safegpj title');
  });

  it('is none when it shows nothing', () => {
    for (const text of ['', '""', '\u202e\u200b', '\u3164']) expect(toTitle(text)).toBeNull();
  });

  it('is cut where titles end', () => {
    expect(toTitle('x'.repeat(limits.titleChars + 1))).toBe('x'.repeat(limits.titleChars));
  });
});
