/**
 * What a wire format must be able to express. An encoder turns the events of one answer into text for the socket, in order.
 * It has no timing and knows nothing of faults.
 */
import type { TurnPart } from '../model-turn.js';

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
}

export type Ending = 'completed' | 'length';

export interface TurnEncoder {
  begin(): string;
  openPart(part: TurnPart, index: number): string;
  delta(part: TurnPart, index: number, delta: string): string;
  /** `text` is what was sent of the part: all of it, unless the answer was cut by its length limit. */
  closePart(part: TurnPart, index: number, text: string): string;
  finish(ending: Ending, usage: Usage): string;
  /** An error in the middle of an answer. */
  error(message: string): string;
  /** The whole answer as one JSON value, for requests that do not stream. */
  whole(parts: readonly TurnPart[], ending: Ending, usage: Usage): unknown;
}
