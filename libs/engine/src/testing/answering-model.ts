import { simulateReadableStream } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';

/** A tool call by the model. */
export interface AskedCall {
  call: string;
  input?: Record<string, unknown>;
}

/** One answer: a text (for a structured answer, JSON), a tool call, or several parallel calls. */
export type Answer = string | AskedCall | AskedCall[];

/**
 * A model that gives these answers in order, one per request, and fails when there are no more. Its `doStreamCalls` records
 * the requests.
 */
export function answeringModel(...answers: Answer[]): MockLanguageModelV4 {
  let asked = 0;
  return new MockLanguageModelV4({
    doStream: async () => {
      const answer = answers[asked++];
      if (answer === undefined) throw new Error(`The model was to be asked ${answers.length} times only.`);
      const calls = typeof answer === 'string' ? [] : [answer].flat();
      const parts = calls.map(({ call, input = {} }, index) => ({
        type: 'tool-call' as const,
        toolCallId: `call-${asked}-${index}`,
        toolName: call,
        input: JSON.stringify(input),
      }));
      const text =
        typeof answer === 'string'
          ? [
              { type: 'text-start' as const, id: '0' },
              { type: 'text-delta' as const, id: '0', delta: answer },
              { type: 'text-end' as const, id: '0' },
            ]
          : [];
      return {
        stream: simulateReadableStream({
          chunks: [
            { type: 'stream-start' as const, warnings: [] },
            ...text,
            ...parts,
            {
              type: 'finish' as const,
              finishReason: { unified: calls.length > 0 ? ('tool-calls' as const) : ('stop' as const), raw: undefined },
              usage: {
                inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
                outputTokens: { total: 1, text: 1, reasoning: 0 },
              },
            },
          ],
        }),
      };
    },
  });
}
