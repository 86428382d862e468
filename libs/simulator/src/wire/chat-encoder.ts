/**
 * Chat Completions on the wire: bare `data:` lines, ended by `[DONE]`. The format has no field for reasoning, which is
 * omitted, as OpenAI does.
 */
import { type TurnPart, textOf } from '../model-turn.js';
import type { Ending, TurnEncoder, Usage } from './turn-encoder.js';

interface ChatEncoderOptions {
  id: string;
  model: string;
  createdAtSeconds: number;
  includeUsage: boolean;
}

export class ChatEncoder implements TurnEncoder {
  private calls = 0;

  constructor(private readonly options: ChatEncoderOptions) {}

  begin(): string {
    return this.chunk({ role: 'assistant', content: '' });
  }

  openPart(part: TurnPart): string {
    if (part.type !== 'call') return '';
    const index = this.calls;
    this.calls += 1;
    return this.chunk({
      tool_calls: [{ index, id: part.callId, type: 'function', function: { name: part.name, arguments: '' } }],
    });
  }

  delta(part: TurnPart, _index: number, delta: string): string {
    switch (part.type) {
      case 'reasoning':
        return '';
      case 'text':
        return this.chunk({ content: delta });
      case 'refusal':
        return this.chunk({ refusal: delta });
      case 'call':
        return this.chunk({ tool_calls: [{ index: this.calls - 1, function: { arguments: delta } }] });
    }
  }

  closePart(): string {
    return '';
  }

  finish(ending: Ending, usage: Usage): string {
    return (
      this.chunk({}, this.finishReason(ending, this.calls > 0)) +
      (this.options.includeUsage
        ? data({ ...this.base('chat.completion.chunk'), choices: [], usage: chatUsage(usage) })
        : '') +
      'data: [DONE]\n\n'
    );
  }

  error(message: string): string {
    return data({ error: { message, type: 'server_error', param: null, code: 'server_error' } });
  }

  whole(parts: readonly TurnPart[], ending: Ending, usage: Usage): unknown {
    const joined = (type: TurnPart['type']) => {
      const texts = parts.filter((part) => part.type === type).map(textOf);
      return texts.length === 0 ? null : texts.join('');
    };
    const calls = parts.flatMap((part) =>
      part.type === 'call'
        ? [{ id: part.callId, type: 'function', function: { name: part.name, arguments: textOf(part) } }]
        : [],
    );
    return {
      ...this.base('chat.completion'),
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: joined('text'),
            refusal: joined('refusal'),
            ...(calls.length > 0 ? { tool_calls: calls } : {}),
          },
          logprobs: null,
          finish_reason: this.finishReason(ending, calls.length > 0),
        },
      ],
      usage: chatUsage(usage),
    };
  }

  private finishReason(ending: Ending, hasCalls: boolean): string {
    if (ending === 'length') return 'length';
    return hasCalls ? 'tool_calls' : 'stop';
  }

  private base(object: string) {
    return {
      id: `chatcmpl-${this.options.id}`,
      object,
      created: this.options.createdAtSeconds,
      model: this.options.model,
    };
  }

  private chunk(delta: object, finishReason: string | null = null): string {
    return data({
      ...this.base('chat.completion.chunk'),
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    });
  }
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function chatUsage(usage: Usage) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}
