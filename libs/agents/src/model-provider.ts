/**
 * The model behind the agents: OpenAI, Anthropic, Google, or a server with OpenAI's protocol (Ollama, vLLM, LM Studio, a
 * gateway, the bundled simulator). Chooses the provider package and its options. API keys are used only here.
 */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModel } from 'ai';
import { type GenerateOptions, timings } from '#libs/engine';
import { createCompatibleModel } from './chat-completions/compatible-model.js';
import { fetchWithConnectLimit } from './connect-limit.js';
import type { ModelChoice, ProviderAccess } from './model-choice.js';

export interface ModelSettings {
  choice: ModelChoice;
  simulated: boolean;
  /** Timeout for connecting to the provider, in milliseconds. */
  connectTimeoutMs?: number;
}

export interface ModelProvider {
  model: LanguageModel;
  providerOptions: NonNullable<GenerateOptions['providerOptions']>;
}

export function createModelProvider(settings: ModelSettings): ModelProvider {
  const { choice, simulated } = settings;
  const { access, model } = choice;
  const isResponses = choice.provider === 'openai' && choice.api !== 'chat';
  const connectMs = settings.connectTimeoutMs ?? timings.modelConnectMs;
  const fetch = fetchWithConnectLimit(connectMs, { earlyText: isResponses });
  switch (choice.provider) {
    case 'anthropic':
      return { model: createAnthropic({ ...withKey(access), fetch })(model), providerOptions: {} };
    case 'google':
      return { model: createGoogle({ ...withKey(access), fetch })(model), providerOptions: googleOptions(model) };
    case 'compatible':
      return {
        model: createCompatibleModel({ baseUrl: access.baseUrl ?? '', apiKey: access.apiKey, fetch }, model),
        providerOptions: {},
      };
    case 'openai': {
      const openai = createOpenAI({ ...withKey(access), fetch });
      return {
        model: isResponses ? openai.responses(model) : openai.chat(model),
        providerOptions: openaiOptions(simulated),
      };
    }
  }
}

/** The packages read missing values from the environment, and refuse an empty key. */
function withKey({ apiKey, baseUrl }: ProviderAccess): { apiKey: string; baseURL?: string } {
  return { apiKey: apiKey === '' ? 'none' : apiKey, ...(baseUrl !== null && { baseURL: baseUrl }) };
}

function openaiOptions(simulated: boolean): ModelProvider['providerOptions'] {
  return {
    openai: {
      // With `store`, the second call would refer to items that only the provider holds: no replay after a crash.
      store: false,
      reasoningSummary: 'auto',
      // The provider package drops the reasoning options for unknown model names.
      ...(simulated && { forceReasoning: true }),
    },
  };
}

/** Older models refuse requests for their reasoning. */
function googleOptions(model: string): ModelProvider['providerOptions'] {
  const thinks = /^gemini-(?:2\.5|[3-9]|\d{2}|flash-latest|pro-latest)/.test(model);
  return thinks ? { google: { thinkingConfig: { includeThoughts: true } } } : {};
}
