/**
 * A model that answers by a script: one turn for each request. Owns the shape of answers; a provider is never talked to.
 */
import { simulateReadableStream } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';

/** Text ends the loop; a call names a tool and its input. */
type Turn = string | { call: string; input?: Record<string, unknown> };

export function answeringModel(...turns: Turn[]): MockLanguageModelV4 {
  let asked = 0;
  return new MockLanguageModelV4({
    doStream: async () => {
      const turn = turns[asked++];
      if (turn === undefined) throw new Error('The script of the model is over.');
      const calls = typeof turn !== 'string';
      return {
        stream: simulateReadableStream({
          chunks: [
            { type: 'stream-start' as const, warnings: [] },
            ...(calls ? callParts(`call-${asked}`, turn) : textParts(turn)),
            {
              type: 'finish' as const,
              finishReason: { unified: calls ? ('tool-calls' as const) : ('stop' as const), raw: undefined },
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

function textParts(delta: string) {
  return [
    { type: 'text-start' as const, id: '0' },
    { type: 'text-delta' as const, id: '0', delta },
    { type: 'text-end' as const, id: '0' },
  ];
}

function callParts(toolCallId: string, { call, input = {} }: Exclude<Turn, string>) {
  return [{ type: 'tool-call' as const, toolCallId, toolName: call, input: JSON.stringify(input) }];
}
