/**
 * One streamed answer of a server with an OpenAI-like Chat Completions API. Converts its chunks to the usual form that the
 * provider package can read, and decides when an answer is complete. Works on messages, not on bytes.
 */
import { ownValue } from '#libs/contracts';
import { ThinkTags } from './think-tags.js';
import { type ToolCallDelta, ToolCallDeltas } from './tool-call-deltas.js';
import { isRecord, textOf, wholeNumberOf } from './wire-values.js';

/**
 * The field in which a server sends its model's reasoning. Not every server accepts it back, and none accepts it under
 * another name.
 */
export type ReasoningPlace = 'reasoning_content' | 'reasoning' | 'elsewhere';

interface Delta {
  content?: string;
  reasoning_content?: string;
  refusal?: string;
  tool_calls?: ToolCallDelta[];
}

/** An answer that ended before it was complete. */
export class IncompleteAnswerError extends Error {
  override readonly name = 'IncompleteAnswerError';
}

const finishReasons: ReadonlyMap<string, string> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['content_filter', 'content_filter'],
  ['safety', 'content_filter'],
  ['refusal', 'content_filter'],
]);

export class ChatAnswer {
  /** Known as soon as the model reasons. */
  reasoningPlace: ReasoningPlace | null = null;
  private readonly calls = new ToolCallDeltas();
  private readonly tags = new ThinkTags();
  private finishReason: string | null = null;
  private saidDone = false;
  private failed = false;
  private saidAnything = false;

  /** The chunks for the data of one event. `name` is the event's name, if it has one. */
  event(data: string, name?: string): object[] {
    if (this.failed) return [];
    if (data.trim() === '[DONE]') {
      this.saidDone = true;
      return [];
    }
    return this.message(parsed(data), name === 'error');
  }

  /** The chunks for a message of the server, either a stream chunk or a complete answer. */
  message(message: unknown, isError = false): object[] {
    if (this.failed) return [];
    const error = errorOf(message, isError);
    if (error) {
      this.failed = true;
      return [{ error }];
    }
    const { choices, ...rest } = message as Record<string, unknown>;
    const given = Array.isArray(choices) ? choices.filter(isRecord) : [];
    const choice = given.find(({ index }) => index === undefined || wholeNumberOf(index) === 0) ?? given[0];
    const delta = choice ? this.deltaOf(choice) : null;
    const reason = choice ? this.finishReasonOf(choice) : null;
    if (reason === 'error') {
      this.failed = true;
      return [{ error: { message: 'The answer ended with an error.', type: 'server_error', code: null } }];
    }
    this.finishReason = reason ?? this.finishReason;
    return [{ ...headOf(rest), choices: delta ? [{ index: 0, delta, finish_reason: null }] : [] }];
  }

  /**
   * The chunks that end the answer. An answer is complete when the server sent a finish reason or an end marker. Throws
   * `IncompleteAnswerError` otherwise.
   */
  end(): object[] {
    if (this.failed) return [];
    if (this.finishReason === null && !this.saidDone) {
      throw new IncompleteAnswerError('The answer ended without a finish reason and without [DONE].');
    }
    const { reasoning, text } = this.tags.end();
    const delta: Delta = { ...(reasoning && { reasoning_content: reasoning }), ...(text && { content: text }) };
    const asked = this.calls.any ? 'tool_calls' : 'stop';
    return [{ choices: [{ index: 0, delta, finish_reason: this.finishReason ?? asked }] }];
  }

  /** An unknown reason, such as `end_turn` or `eos`, still ends the answer. */
  private finishReasonOf({ finish_reason }: Record<string, unknown>): string | null {
    const reason = textOf(finish_reason)?.trim().toLowerCase();
    if (!reason) return null;
    if (reason === 'error') return 'error';
    return finishReasons.get(reason) ?? (this.calls.any ? 'tool_calls' : 'stop');
  }

  private deltaOf(choice: Record<string, unknown>): Delta | null {
    // Some servers end with a message that repeats the whole answer.
    const given = isRecord(choice.delta) ? choice.delta : this.saidAnything ? null : choice.message;
    if (!isRecord(given)) return null;
    this.saidAnything ||= Object.values(given).some((value) => value !== null && value !== '');
    const calls = callsOf(given).flatMap((call) => this.calls.next(call) ?? []);
    const content = contentOf(given.content);
    const pieces = this.tags.push(content.text);
    const reasoning = [
      this.reasoningOf(given),
      this.placed('elsewhere', content.reasoning),
      this.placed('elsewhere', pieces.reasoning),
    ].join('');
    const refusal = textOf(given.refusal);
    return {
      ...(reasoning && { reasoning_content: reasoning }),
      ...(pieces.text && { content: pieces.text }),
      ...(refusal && { refusal }),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  }

  private reasoningOf({ reasoning_content, reasoning }: Record<string, unknown>): string {
    const content = textOf(reasoning_content);
    return content ? this.placed('reasoning_content', content) : this.placed('reasoning', textOf(reasoning) ?? '');
  }

  private placed(place: ReasoningPlace, text: string): string {
    if (text !== '') this.reasoningPlace ??= place;
    return text;
  }
}

/** The fields beside `choices`, each only where it has the expected type. */
function headOf({ id, created, model, usage }: Record<string, unknown>): object {
  return {
    ...(typeof id === 'string' && { id }),
    ...(typeof created === 'number' && { created }),
    ...(typeof model === 'string' && { model }),
    ...(isRecord(usage) && { usage: usageOf(usage) }),
  };
}

function usageOf(usage: Record<string, unknown>): object {
  const details = (name: string) => {
    const given = ownValue(usage, name);
    return isRecord(given) ? { [name]: countsOf(given) } : {};
  };
  return { ...countsOf(usage), ...details('prompt_tokens_details'), ...details('completion_tokens_details') };
}

function countsOf(counts: Record<string, unknown>): object {
  return Object.fromEntries(
    Object.entries(counts).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}

function callsOf({ tool_calls, function_call }: Record<string, unknown>): Record<string, unknown>[] {
  if (Array.isArray(tool_calls)) return tool_calls.filter(isRecord);
  if (isRecord(tool_calls)) return [tool_calls];
  // OpenAI's field from before parallel tool calls.
  return isRecord(function_call) ? [{ index: 0, function: function_call }] : [];
}

/** Content is text, or a list of parts of which some may be reasoning. */
function contentOf(content: unknown): { text: string; reasoning: string } {
  if (!Array.isArray(content)) return { text: textOf(content) ?? '', reasoning: '' };
  let text = '';
  let reasoning = '';
  for (const part of content) {
    if (!isRecord(part)) text += textOf(part) ?? '';
    else if (part.type === 'thinking') reasoning += contentOf(part.thinking).text;
    else text += textOf(part.text) ?? '';
  }
  return { text, reasoning };
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** An error in the form that the provider package forwards, or `null` if the message is not an error. */
function errorOf(message: unknown, isError: boolean): object | null {
  if (!isRecord(message)) return described({ message });
  const { error } = message;
  if (isRecord(error)) return described(error);
  if (error !== undefined && error !== null) return described({ ...message, message: error });
  return isError || message.object === 'error' ? described(message) : null;
}

function described({ message, type, code, status }: Record<string, unknown>): object {
  const known = [code, status].find((value) => typeof value === 'string' || typeof value === 'number');
  return {
    message: textOf(message) ?? 'The server answered with an error.',
    type: textOf(type) ?? null,
    code: known ?? null,
  };
}
