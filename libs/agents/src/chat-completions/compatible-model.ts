/**
 * A model behind a Chat Completions server other than OpenAI. Reasoning is sent back only to servers that sent it, in the
 * same field: some refuse to continue without it, others refuse unknown fields.
 */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, type LanguageModel, type LanguageModelMiddleware, wrapLanguageModel } from 'ai';
import { ChatAnswer, type ReasoningPlace } from './chat-answer.js';
import { fetchUsualEvents } from './usual-events.js';

export interface CompatibleServer {
  baseUrl: string;
  /** Empty for servers that need none. */
  apiKey: string;
  fetch: typeof globalThis.fetch;
}

type StreamOptions = Parameters<NonNullable<LanguageModelMiddleware['wrapStream']>>[0];
type Prompt = StreamOptions['params']['prompt'];
type StreamPart =
  Awaited<ReturnType<StreamOptions['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never;

/** The key under which the provider package looks for extra fields of a message. */
const FIELDS = 'openaiCompatible';
/** The key under which a reasoning part remembers its field. */
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
      // Reading one answer keeps state, so each call gets its own reader.
      wrapStream: async ({ params }) => {
        const answer = new ChatAnswer();
        const { stream, ...rest } = await inAcceptedForm(params, (given) => modelFor(answer).doStream(given));
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

/** Repeats the request with the format described in words when the server does not accept a JSON Schema. */
async function inAcceptedForm(
  params: StreamOptions['params'],
  ask: (params: StreamOptions['params']) => ReturnType<StreamOptions['doStream']>,
) {
  try {
    return await ask(params);
  } catch (error) {
    if (params.responseFormat?.type !== 'json' || !refusesFormats(error)) throw error;
    return ask(withFormatInWords(params, params.responseFormat.schema));
  }
}

/** Whether the server refused a JSON Schema as the format of the answer, as many do. */
function refusesFormats(error: unknown): boolean {
  return (
    APICallError.isInstance(error) &&
    (error.statusCode === 400 || error.statusCode === 422) &&
    /response_format|json_schema|structured output/i.test(`${error.message} ${error.responseBody ?? ''}`)
  );
}

/** Describes the format as an instruction inside the first message, because some servers accept only one system message. */
function withFormatInWords(params: StreamOptions['params'], schema: unknown): StreamOptions['params'] {
  const { responseFormat: _, ...rest } = params;
  const words = `Answer with JSON alone that fits this JSON Schema: ${JSON.stringify(schema)}`;
  const [first, ...others] = params.prompt;
  return first?.role === 'system'
    ? { ...rest, prompt: [{ ...first, content: `${first.content}\n\n${words}` }, ...others] }
    : { ...rest, prompt: [{ role: 'system', content: words }, ...params.prompt] };
}
