/**
 * A model behind a server that speaks Chat Completions and is not OpenAI. Owns what becomes of reasoning: it goes back to
 * servers that know it under the name under which they sent it, and to no other, because some refuse to go on without it
 * and others refuse fields that they do not know.
 */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type LanguageModel, type LanguageModelMiddleware, wrapLanguageModel } from 'ai';
import { ChatAnswer, type ReasoningPlace } from './chat-answer.js';
import { fetchUsualEvents } from './usual-events.js';

export interface CompatibleServer {
  baseUrl: string;
  /** Empty for servers that want none. */
  apiKey: string;
  fetch: typeof globalThis.fetch;
}

type StreamOptions = Parameters<NonNullable<LanguageModelMiddleware['wrapStream']>>[0];
type Prompt = StreamOptions['params']['prompt'];
type StreamPart =
  Awaited<ReturnType<StreamOptions['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never;

/** Where the provider package looks for fields that a message is to be sent with. */
const FIELDS = 'openaiCompatible';
/** Where a reasoning remembers its place. */
const OWN = 'holdfast';

export function createCompatibleModel(server: CompatibleServer, modelId: string): LanguageModel {
  const modelFor = (answer: ChatAnswer) =>
    createOpenAICompatible({
      name: 'compatible',
      baseURL: server.baseUrl,
      ...(server.apiKey !== '' && { apiKey: server.apiKey }),
      fetch: fetchUsualEvents(server.fetch, answer),
      includeUsage: true,
      supportsStructuredOutputs: true,
    }).chatModel(modelId);

  return wrapLanguageModel({
    model: modelFor(new ChatAnswer()),
    middleware: {
      specificationVersion: 'v4',
      transformParams: async ({ params }) => ({ ...params, prompt: withReasoningInPlace(params.prompt) }),
      // An answer is read with what was learnt of it, so each call has a reader of its own.
      wrapStream: async ({ params }) => {
        const answer = new ChatAnswer();
        const { stream, ...rest } = await modelFor(answer).doStream(params);
        return { ...rest, stream: stream.pipeThrough(rememberingPlace(answer)) };
      },
    },
  });
}

function rememberingPlace(answer: ChatAnswer): TransformStream<StreamPart, StreamPart> {
  return new TransformStream({
    transform(part, controller) {
      const place = answer.reasoningPlace;
      if (part.type !== 'reasoning-end' || place === null) return controller.enqueue(part);
      controller.enqueue({ ...part, providerMetadata: { [OWN]: { reasoningPlace: place } } });
    },
  });
}

function withReasoningInPlace(prompt: Prompt): Prompt {
  return prompt.map((message) => {
    if (message.role !== 'assistant') return message;
    const reasoning = (place: ReasoningPlace) =>
      message.content.flatMap((part) =>
        part.type === 'reasoning' && part.providerOptions?.[OWN]?.reasoningPlace === place ? [part.text] : [],
      );
    const fields = Object.entries({
      reasoning_content: reasoning('reasoning_content').join(''),
      reasoning: reasoning('reasoning').join(''),
    }).filter(([, text]) => text !== '');
    return {
      ...message,
      content: message.content.filter(({ type }) => type !== 'reasoning'),
      ...(fields.length > 0 && {
        providerOptions: { ...message.providerOptions, [FIELDS]: Object.fromEntries(fields) },
      }),
    };
  });
}
