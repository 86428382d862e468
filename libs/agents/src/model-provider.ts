/**
 * The model behind the agents: OpenAI, or anything that speaks its Responses or Chat Completions API (Ollama, vLLM,
 * LM Studio, the bundled simulator). Owns the provider's options; the only place that holds the key.
 */
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModel } from 'ai';
import { type GenerateOptions, timings } from '#libs/engine';
import { fetchWithConnectLimit } from './connect-limit.js';

export interface ModelSettings {
  /** The provider's name of the model. */
  model: string;
  api: 'responses' | 'chat';
  /** Empty for servers that want none. */
  apiKey: string;
  /** `null` for OpenAI itself. */
  baseUrl: string | null;
  simulated: boolean;
  /** Milliseconds until a connection to the provider has to stand. */
  connectTimeoutMs?: number;
}

export interface ModelProvider {
  model: LanguageModel;
  providerOptions: NonNullable<GenerateOptions['providerOptions']>;
}

export function createModelProvider(settings: ModelSettings): ModelProvider {
  const openai = createOpenAI({
    apiKey: settings.apiKey === '' ? 'none' : settings.apiKey,
    ...(settings.baseUrl !== null && { baseURL: settings.baseUrl }),
    fetch: fetchWithConnectLimit(settings.connectTimeoutMs ?? timings.modelConnectMs),
  });
  return {
    model: settings.api === 'chat' ? openai.chat(settings.model) : openai.responses(settings.model),
    providerOptions: {
      openai: {
        // With `store`, the second call would refer to items that only the provider holds: no replay after a crash.
        store: false,
        reasoningSummary: 'auto',
        // The provider drops the reasoning options for model names that it does not know.
        ...(settings.simulated && { forceReasoning: true }),
      },
    },
  };
}
