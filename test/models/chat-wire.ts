/** Answers of a model as Chat Completions sends them. Owns the usual form, from which habits depart. */

export interface ScriptedCall {
  name: string;
  arguments: unknown;
  id?: string;
}

export interface ScriptedAnswer {
  text: string;
  calls: ScriptedCall[];
}

export interface WireCall {
  index?: number;
  id?: string;
  type?: string;
  function: { name?: string; arguments?: unknown };
}

export interface WireDelta {
  role?: string;
  content?: unknown;
  reasoning_content?: string;
  reasoning?: string;
  tool_calls?: WireCall[] | null;
  [field: string]: unknown;
}

export interface WireChoice {
  index?: number;
  delta: WireDelta;
  finish_reason: string | null;
}

export interface WireChunk {
  choices?: WireChoice[];
  usage?: object;
  [field: string]: unknown;
}

export const usage = { prompt_tokens: 40, completion_tokens: 12, total_tokens: 52 };

export function chunk(delta: WireDelta, finishReason: string | null = null): WireChunk {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'habits',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  };
}

export const usageChunk: WireChunk = { ...chunk({}), choices: [], usage };

function pieces(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}

const finishOf = ({ calls }: ScriptedAnswer) => (calls.length > 0 ? 'tool_calls' : 'stop');

/** As OpenAI sends it: text and arguments in small pieces, name and id once. `callId` numbers calls that have no id. */
export function inPieces(answer: ScriptedAnswer, callId: (at: number) => string): WireChunk[] {
  const calls = answer.calls.flatMap((call, index) => [
    chunk({
      tool_calls: [
        { index, id: call.id ?? callId(index), type: 'function', function: { name: call.name, arguments: '' } },
      ],
    }),
    ...pieces(JSON.stringify(call.arguments), 20).map((piece) =>
      chunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
    ),
  ]);
  const text = pieces(answer.text, 6).map((content) => chunk({ content }));
  return [chunk({ role: 'assistant', content: '' }), ...text, ...calls, chunk({}, finishOf(answer)), usageChunk];
}

/** As Ollama and Gemini send it: each call whole, in one delta. */
export function callsWhole(
  answer: ScriptedAnswer,
  callId: (at: number) => string,
  change: (call: WireCall) => WireCall = (call) => call,
): WireChunk[] {
  const calls = answer.calls.map((call, index) =>
    chunk({
      tool_calls: [
        change({
          index,
          id: call.id ?? callId(index),
          type: 'function',
          function: { name: call.name, arguments: JSON.stringify(call.arguments) },
        }),
      ],
    }),
  );
  return [chunk({ role: 'assistant', content: answer.text }), ...calls, chunk({}, finishOf(answer)), usageChunk];
}

/** As a server sends it that does not stream, though it was asked to. */
export function asOneMessage(answer: ScriptedAnswer, callId: (at: number) => string): object {
  const tool_calls = answer.calls.map((call, at) => ({
    id: callId(at),
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  const message = { role: 'assistant', content: answer.text, tool_calls };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finishOf(answer) }],
    usage,
  };
}

/** Copies with every delta changed. */
export function eachDelta(chunks: readonly WireChunk[], change: (delta: WireDelta) => WireDelta): WireChunk[] {
  return chunks.map((one) => ({
    ...one,
    choices: one.choices?.map((choice) => ({ ...choice, delta: change(choice.delta) })),
  }));
}

/** Copies with every call of every delta changed. */
export function eachCall(chunks: readonly WireChunk[], change: (call: WireCall) => WireCall): WireChunk[] {
  return eachDelta(chunks, (delta) =>
    delta.tool_calls ? { ...delta, tool_calls: delta.tool_calls.map(change) } : delta,
  );
}

/** Copies with every finish reason changed. */
export function eachReason(
  chunks: readonly WireChunk[],
  change: (reason: string | null) => string | null,
): WireChunk[] {
  return chunks.map((one) => ({
    ...one,
    choices: one.choices?.map((choice) => ({ ...choice, finish_reason: change(choice.finish_reason) })),
  }));
}
