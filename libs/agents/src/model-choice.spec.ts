import { describe, expect, it } from 'vitest';
import { chooseModel, type ModelNaming, mayStartCold } from './model-choice.js';

const access = (apiKey: string) => ({ apiKey, baseUrl: null });
const naming: ModelNaming = {
  model: 'gpt-5.4',
  api: undefined,
  simulated: false,
  openai: access('o'),
  anthropic: access('a'),
  google: access('g'),
};
const at = (baseUrl: string) => ({ openai: { apiKey: 'o', baseUrl } });

describe('the model that is meant', () => {
  it.each([
    [{}, { provider: 'openai', api: 'responses', model: 'gpt-5.4' }, false],
    [{ api: 'chat' as const }, { provider: 'openai', api: 'chat', model: 'gpt-5.4' }, false],
    [{ model: 'openai/gpt-5.4' }, { provider: 'openai', model: 'gpt-5.4' }, false],
    [at('https://api.openai.com/v1'), { provider: 'openai', api: 'responses' }, false],
    [
      { model: 'anthropic/claude-sonnet-5' },
      { provider: 'anthropic', model: 'claude-sonnet-5', access: access('a') },
      false,
    ],
    [{ model: 'google/gemini-3-pro' }, { provider: 'google', model: 'gemini-3-pro', access: access('g') }, false],
    [{ ...at('http://127.0.0.1:11434/v1'), model: 'qwen3:8b' }, { provider: 'compatible', model: 'qwen3:8b' }, true],
    [
      { ...at('https://gateway.acme.io/v1'), model: 'anthropic/claude' },
      { provider: 'compatible', model: 'anthropic/claude' },
      true,
    ],
    [
      { ...at('https://gateway.acme.io/v1'), api: 'responses' as const },
      { provider: 'openai', api: 'responses' },
      true,
    ],
    [{ ...at('http://127.0.0.1:4010/v1'), simulated: true }, { provider: 'openai', api: 'responses' }, true],
  ])('%j', (given, expected, cold) => {
    const choice = chooseModel({ ...naming, ...given });
    expect(choice).toMatchObject(expected);
    expect(mayStartCold(choice)).toBe(cold);
  });
});
