/** One answer of the simulator before encoding: reasoning, text and tool calls, cut into deltas. */
export type TurnPart =
  | { type: 'reasoning'; deltas: string[] }
  | { type: 'text'; deltas: string[] }
  | { type: 'refusal'; deltas: string[] }
  | { type: 'call'; callId: string; name: string; deltas: string[] };

export interface ModelTurn {
  parts: TurnPart[];
}

export interface ToolCallIntent {
  name: string;
  arguments: unknown;
}

/** The planner's decision: text and tool calls. */
export interface Move {
  reasoning: string;
  text: string;
  calls: ToolCallIntent[];
}

const LONGEST_WORD = 14;
const ARGUMENT_PIECE = /[\s\S]{1,16}/gu;

/** Word-like pieces whose concatenation is exactly `text`. Long words are split, characters never are. */
export function splitIntoWords(text: string): string[] {
  const pieces: string[] = [];
  for (const word of text.split(/(?<=\S)(?=\s)/u)) {
    const characters = [...word];
    for (let at = 0; at < characters.length; at += LONGEST_WORD) {
      pieces.push(characters.slice(at, at + LONGEST_WORD).join(''));
    }
  }
  return pieces;
}

/** Pieces of a JSON text, at most 16 characters each; their concatenation is exactly the text. */
export function splitArguments(json: string): string[] {
  return json.match(ARGUMENT_PIECE) ?? [''];
}

/** The text of a part. */
export function textOf(part: TurnPart): string {
  return part.deltas.join('');
}

/**
 * Turns a move into an answer. Call ids are `call_<id>_<n>`, so that the same request gets the same ids. Empty reasoning or
 * text is omitted.
 */
export function toTurn(move: Move, id: string): ModelTurn {
  const parts: TurnPart[] = [];
  if (move.reasoning !== '') parts.push({ type: 'reasoning', deltas: splitIntoWords(move.reasoning) });
  if (move.text !== '') parts.push({ type: 'text', deltas: splitIntoWords(move.text) });
  move.calls.forEach((call, index) => {
    parts.push({
      type: 'call',
      callId: `call_${id.slice(0, 20)}_${index}`,
      name: call.name,
      deltas: splitArguments(JSON.stringify(call.arguments)),
    });
  });
  return { parts };
}
