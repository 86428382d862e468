/**
 * A model that says what a test tells it to, when the test tells it to.
 */
import { APICallError } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';

type ModelStream = Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'];
/** A part as a provider sends it. */
export type ModelPart = ModelStream extends ReadableStream<infer Part> ? Part : never;

export interface ScriptedToolCall {
  toolCallId: string;
  toolName: string;
  input: object;
}

/** One try of a call: text, tool calls and whatever else a provider sends, as they come. The try fails with what it throws. */
export type ScriptedTry = (call: ScriptedCall) => AsyncIterable<string | ScriptedToolCall | ModelPart>;

export interface ScriptedCall {
  /** Whether the conversation holds the result of a tool. */
  toolsAnswered: boolean;
}

/** Breaks a try off. It is tried again, at once unless told otherwise. */
export function providerIsAway(retryAfterMs = 0): Error {
  const url = 'http://provider.test';
  const responseHeaders = { 'retry-after-ms': String(retryAfterMs) };
  return new APICallError({ message: 'away', url, requestBodyValues: {}, statusCode: 503, responseHeaders });
}

/** Breaks a try off. It is not tried again. */
export function providerRefuses(): Error {
  return new APICallError({ message: 'no', url: 'http://provider.test', requestBodyValues: {}, statusCode: 400 });
}

/** Answers its calls with the given tries, in this order. */
export function scriptedModel(...tries: ScriptedTry[]): MockLanguageModelV4 {
  let next = 0;
  return new MockLanguageModelV4({
    doStream: async ({ prompt }) => {
      const script = tries[next++];
      if (!script) throw new Error('The script of this model is at its end.');
      const toolsAnswered = prompt.some(({ role }) => role === 'tool');
      return { stream: streamOf(partsOf(script({ toolsAnswered }))) };
    },
  });
}

function streamOf(parts: AsyncGenerator<ModelPart>): ReadableStream<ModelPart> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function* partsOf(answer: ReturnType<ScriptedTry>): AsyncGenerator<ModelPart> {
  yield { type: 'stream-start', warnings: [] };
  let speaks = false;
  let asks = false;
  try {
    for await (const given of answer) {
      if (typeof given !== 'string' && 'type' in given) {
        yield given;
        continue;
      }
      if (typeof given !== 'string') {
        asks = true;
        const { toolCallId, toolName } = given;
        const input = JSON.stringify(given.input);
        yield { type: 'tool-input-start', id: toolCallId, toolName };
        yield { type: 'tool-input-delta', id: toolCallId, delta: input };
        yield { type: 'tool-input-end', id: toolCallId };
        yield { type: 'tool-call', toolCallId, toolName, input };
        continue;
      }
      if (!speaks) yield { type: 'text-start', id: '0' };
      speaks = true;
      yield { type: 'text-delta', id: '0', delta: given };
    }
  } catch (error) {
    yield { type: 'error', error };
    return;
  }
  if (speaks) yield { type: 'text-end', id: '0' };
  yield {
    type: 'finish',
    finishReason: { unified: asks ? 'tool-calls' : 'stop', raw: undefined },
    usage: {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 1, text: 1, reasoning: 0 },
    },
  };
}
