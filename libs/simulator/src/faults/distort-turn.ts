/**
 * Faults that change the content of an answer rather than its transport. Pure: the caller has already decided that the
 * fault occurs.
 */
import { type ModelTurn, splitArguments, splitIntoWords, type TurnPart, textOf } from '../model-turn.js';
import type { Directive, DirectiveName } from './directives.js';

/** A tool and a node type that no catalogue contains. */
const UNKNOWN_TOOL = 'launchRocket';
const UNKNOWN_NODE_TYPE = 'rocket.launch';

/** The faults implemented in this file. */
export const distortions = [
  'refuse',
  'malformed-arguments',
  'unknown-tool',
  'unknown-node-type',
  'text',
  'oversize',
] as const satisfies readonly DirectiveName[];

/** Whether the fault can apply to this answer; if not, it must not be used up. */
export function canDistort(turn: ModelTurn, directive: Directive): boolean {
  switch (directive.name) {
    case 'malformed-arguments':
    case 'unknown-tool':
      return turn.parts.some((part) => part.type === 'call');
    case 'unknown-node-type':
      return turn.parts.some(isAddNodes);
    default:
      return true;
  }
}

/** The answer with the fault applied. */
export function distort(turn: ModelTurn, directive: Directive): ModelTurn {
  switch (directive.name) {
    case 'refuse':
      return { parts: [{ type: 'refusal', deltas: splitIntoWords('I cannot help with that (a simulated refusal).') }] };
    case 'malformed-arguments':
      return replaceFirst(turn, isCall, (part) => {
        const json = textOf(part);
        return { ...part, deltas: splitArguments(json.slice(0, Math.ceil(json.length / 2))) };
      });
    case 'unknown-tool':
      return replaceFirst(turn, isCall, (part) => ({ ...part, name: UNKNOWN_TOOL }));
    case 'unknown-node-type':
      return replaceFirst(turn, isAddNodes, (part) => {
        const input: { nodes: { type: string }[] } = JSON.parse(textOf(part));
        const nodes = input.nodes.map((node, index) => (index === 0 ? { ...node, type: UNKNOWN_NODE_TYPE } : node));
        return { ...part, deltas: splitArguments(JSON.stringify({ ...input, nodes })) };
      });
    case 'text':
      return prefixText(
        turn,
        Array.from({ length: directive.value }, (_, index) => ` #${index + 1}`),
      );
    case 'oversize':
      return prefixText(turn, filler(directive.params.bytes ?? 0, Math.max(1, directive.params.chunk ?? 1)));
    default:
      return turn;
  }
}

type CallPart = Extract<TurnPart, { type: 'call' }>;

function isCall(part: TurnPart): part is CallPart {
  return part.type === 'call';
}

function isAddNodes(part: TurnPart): part is CallPart {
  return part.type === 'call' && part.name === 'addNodes';
}

function replaceFirst(
  turn: ModelTurn,
  which: (part: TurnPart) => part is CallPart,
  replace: (part: CallPart) => CallPart,
): ModelTurn {
  const at = turn.parts.findIndex(which);
  return { parts: turn.parts.map((part, index) => (index === at && which(part) ? replace(part) : part)) };
}

function prefixText(turn: ModelTurn, deltas: string[]): ModelTurn {
  const at = turn.parts.findIndex((part) => part.type === 'text');
  if (at === -1) {
    const afterReasoning = turn.parts.filter((part) => part.type === 'reasoning').length;
    return { parts: turn.parts.toSpliced(afterReasoning, 0, { type: 'text', deltas }) };
  }
  return {
    parts: turn.parts.map((part, index) =>
      index === at && part.type === 'text' ? { ...part, deltas: [...deltas, '\n\n', ...part.deltas] } : part,
    ),
  };
}

function filler(bytes: number, chunkBytes: number): string[] {
  const deltas: string[] = [];
  for (let left = bytes; left > 0; left -= chunkBytes) {
    deltas.push('oversize '.repeat(Math.ceil(chunkBytes / 9)).slice(0, Math.min(left, chunkBytes)));
  }
  return deltas;
}
