/**
 * Converts the tool calls of one answer to their usual form. Servers send them with or without index and id, with arguments
 * as text or object, in pieces or whole, and partly repeated. The provider package joins the pieces.
 */
import { isRecord, textOf, wholeNumberOf } from './wire-values.js';

export interface ToolCallDelta {
  index?: number;
  id?: string;
  type: 'function';
  function: { name?: string; arguments: string };
  /** Where Gemini's compatible endpoint puts the signature of a thought. */
  extra_content?: unknown;
}

interface CallSoFar {
  index: number | undefined;
  id: string | undefined;
  name: string | undefined;
  arguments: string;
  /** A different id that the server used for the call later. */
  laterId?: string | undefined;
}

export class ToolCallDeltas {
  private readonly calls: CallSoFar[] = [];

  /** Whether the answer contains a tool call. */
  get any(): boolean {
    return this.calls.length > 0;
  }

  /** The delta in its usual form, or `null` when it only repeats earlier data. */
  next(delta: Record<string, unknown>): ToolCallDelta | null {
    const given = isRecord(delta.function) ? delta.function : delta;
    const index = wholeNumberOf(delta.index);
    let id = nonBlank(delta.id);
    let name = nonBlank(given.name);
    let fragment = argumentsOf(given.arguments);
    const call = this.callOf(index, id, name, fragment);
    if (call && repeats(call, fragment)) return null;
    if (call && id !== undefined && call.id !== undefined && id !== call.id) {
      call.laterId = id;
      id = call.id;
    }
    // Without index and id, a repeated name would look like another call.
    if (call && index === undefined && id === undefined) name = undefined;
    if (!call && fragment === 'null') fragment = '{}';
    this.note(call, { index, id, name, arguments: fragment });
    return {
      ...(index !== undefined && { index }),
      ...(id !== undefined && { id }),
      type: 'function',
      function: { ...(name !== undefined && { name }), arguments: fragment },
      ...(isRecord(delta.extra_content) && { extra_content: delta.extra_content }),
    };
  }

  private note(call: CallSoFar | undefined, said: CallSoFar): void {
    if (call) call.arguments += said.arguments;
    else this.calls.push(said);
  }

  /** The call that a delta continues or repeats; `undefined` for a new one. */
  private callOf(
    index: number | undefined,
    id: string | undefined,
    name: string | undefined,
    fragment: string,
  ): CallSoFar | undefined {
    return this.calls.findLast((call) => {
      if (name !== undefined && call.name !== name) return false;
      if (id !== undefined && call.id !== undefined && call.id !== id) {
        // No arguments were sent yet, so this is not another call but another id for this one.
        const isRenamed = call.laterId === id || call.arguments === '';
        return isRenamed && index !== undefined && call.index === index && !begins(call, fragment);
      }
      if (index !== undefined && call.index !== undefined) return call.index === index && !begins(call, fragment);
      if (id !== undefined && call.id !== undefined) return !begins(call, fragment);
      return index === undefined && id === undefined && !begins(call, fragment);
    });
  }
}

/** Whether the fragment begins the arguments of another call, because those of this one are complete. */
function begins(call: CallSoFar, fragment: string): boolean {
  return fragment.trimStart().startsWith('{') && isWhole(call.arguments, fragment) && !repeats(call, fragment);
}

function repeats(call: CallSoFar, fragment: string): boolean {
  if (fragment === '' || call.arguments === '') return false;
  if (fragment === call.arguments) return isJson(fragment);
  if (!worthParsing(call.arguments, fragment)) return false;
  const before = parsed(call.arguments);
  return before !== undefined && before === parsed(fragment);
}

function isWhole(given: string, fragment: string): boolean {
  return worthParsing(given, fragment) && isJson(given);
}

/** Parsing all the text so far for every small fragment would be quadratic in its length. */
function worthParsing(given: string, fragment: string): boolean {
  return fragment.length * 4 >= given.length || given.length <= 64;
}

function isJson(text: string): boolean {
  return parsed(text) !== undefined;
}

/** A normalised form of the JSON. */
function parsed(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function argumentsOf(given: unknown): string {
  if (given === undefined || given === null) return '';
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function nonBlank(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined || text.trim() === '' ? undefined : text;
}
