/**
 * The Responses API on the wire: named server-sent events, each with the next sequence number.
 */
import { type TurnPart, textOf } from '../model-turn.js';
import type { Ending, TurnEncoder, Usage } from './turn-encoder.js';

interface ResponsesEncoderOptions {
  id: string;
  model: string;
  createdAtSeconds: number;
  encryptedReasoning: boolean;
}

export class ResponsesEncoder implements TurnEncoder {
  private sequence = 0;
  private readonly output: unknown[] = [];

  constructor(private readonly options: ResponsesEncoderOptions) {}

  begin(): string {
    const response = this.response('in_progress');
    return this.event('response.created', { response }) + this.event('response.in_progress', { response });
  }

  openPart(part: TurnPart, index: number): string {
    const itemId = this.itemId(part, index);
    const added = (item: object) => this.event('response.output_item.added', { output_index: index, item });
    switch (part.type) {
      case 'reasoning':
        return (
          added({ type: 'reasoning', id: itemId, summary: [], ...this.encrypted(itemId) }) +
          this.event('response.reasoning_summary_part.added', {
            item_id: itemId,
            output_index: index,
            summary_index: 0,
            part: { type: 'summary_text', text: '' },
          })
        );
      case 'call':
        return added({
          type: 'function_call',
          id: itemId,
          call_id: part.callId,
          name: part.name,
          arguments: '',
          status: 'in_progress',
        });
      default:
        return (
          added({ type: 'message', id: itemId, status: 'in_progress', role: 'assistant', content: [] }) +
          this.event('response.content_part.added', {
            item_id: itemId,
            output_index: index,
            content_index: 0,
            part: contentPart(part, ''),
          })
        );
    }
  }

  delta(part: TurnPart, index: number, delta: string): string {
    const place = { item_id: this.itemId(part, index), output_index: index };
    switch (part.type) {
      case 'reasoning':
        return this.event('response.reasoning_summary_text.delta', { ...place, summary_index: 0, delta });
      case 'call':
        return this.event('response.function_call_arguments.delta', { ...place, delta });
      case 'refusal':
        return this.event('response.refusal.delta', { ...place, content_index: 0, delta });
      case 'text':
        return this.event('response.output_text.delta', { ...place, content_index: 0, delta, logprobs: [] });
    }
  }

  closePart(part: TurnPart, index: number, text: string): string {
    const place = { item_id: this.itemId(part, index), output_index: index };
    const item = this.item(part, index, text);
    this.output.push(item);
    const done = () => this.event('response.output_item.done', { output_index: index, item });
    switch (part.type) {
      case 'reasoning':
        return (
          this.event('response.reasoning_summary_text.done', { ...place, summary_index: 0, text }) +
          this.event('response.reasoning_summary_part.done', {
            ...place,
            summary_index: 0,
            part: { type: 'summary_text', text },
          }) +
          done()
        );
      case 'call':
        return this.event('response.function_call_arguments.done', { ...place, arguments: text }) + done();
      default:
        return (
          (part.type === 'refusal'
            ? this.event('response.refusal.done', { ...place, content_index: 0, refusal: text })
            : this.event('response.output_text.done', { ...place, content_index: 0, text, logprobs: [] })) +
          this.event('response.content_part.done', { ...place, content_index: 0, part: contentPart(part, text) }) +
          done()
        );
    }
  }

  finish(ending: Ending, usage: Usage): string {
    const response = this.finished(ending, usage, this.output);
    return this.event(ending === 'completed' ? 'response.completed' : 'response.incomplete', { response });
  }

  error(message: string): string {
    return this.event('error', { code: 'server_error', message, param: null });
  }

  whole(parts: readonly TurnPart[], ending: Ending, usage: Usage): unknown {
    return this.finished(
      ending,
      usage,
      parts.map((part, index) => this.item(part, index, textOf(part))),
    );
  }

  private event(type: string, fields: object): string {
    const data = { type, ...fields, sequence_number: this.sequence };
    this.sequence += 1;
    return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  private response(status: string) {
    return {
      id: `resp_${this.options.id}`,
      object: 'response',
      created_at: this.options.createdAtSeconds,
      model: this.options.model,
      status,
      service_tier: 'default',
      error: null,
      incomplete_details: null,
      output: [] as unknown[],
    };
  }

  private finished(ending: Ending, usage: Usage, output: unknown[]) {
    return {
      ...this.response(ending === 'completed' ? 'completed' : 'incomplete'),
      incomplete_details: ending === 'completed' ? null : { reason: 'max_output_tokens' },
      output,
      usage: {
        input_tokens: usage.inputTokens,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: usage.outputTokens,
        output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
        total_tokens: usage.inputTokens + usage.outputTokens,
      },
    };
  }

  private item(part: TurnPart, index: number, text: string): object {
    const id = this.itemId(part, index);
    switch (part.type) {
      case 'reasoning':
        return { type: 'reasoning', id, summary: [{ type: 'summary_text', text }], ...this.encrypted(id) };
      case 'call':
        // The provider package accepts a function call only when its status is `completed`.
        return {
          type: 'function_call',
          id,
          call_id: part.callId,
          name: part.name,
          arguments: text,
          status: 'completed',
        };
      default:
        return { type: 'message', id, status: 'completed', role: 'assistant', content: [contentPart(part, text)] };
    }
  }

  private itemId(part: TurnPart, index: number): string {
    const prefix = part.type === 'reasoning' ? 'rs' : part.type === 'call' ? 'fc' : 'msg';
    return `${prefix}_${this.options.id}_${index}`;
  }

  private encrypted(itemId: string) {
    return this.options.encryptedReasoning ? { encrypted_content: `simulated_${itemId}` } : {};
  }
}

function contentPart(part: TurnPart, text: string) {
  return part.type === 'refusal'
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', text, annotations: [], logprobs: [] };
}
