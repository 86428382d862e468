/**
 * Transforms for a model's answer that run before the SDK processes it: well-formed text, and tool call ids that are unique
 * within the run. Applied this early, chunks, messages and calls agree.
 */
import type { StreamTextTransform, ToolSet } from 'ai';
import { SurrogateJoiner, wellFormed } from '#libs/contracts';

/** Holds back half an emoji at the end of a piece until the rest arrives, so that no piece of text ends inside a character. */
export function wellFormedText<TOOLS extends ToolSet>(): StreamTextTransform<TOOLS> {
  return () => {
    const joiners = new Map<string, SurrogateJoiner>();
    const joinerOf = (key: string) => {
      const known = joiners.get(key) ?? new SurrogateJoiner();
      joiners.set(key, known);
      return known;
    };
    const endOf = (key: string) => {
      const rest = joiners.get(key)?.end() ?? '';
      joiners.delete(key);
      return rest;
    };
    return new TransformStream({
      transform(part, controller) {
        switch (part.type) {
          case 'text-delta':
          case 'reasoning-delta':
            return controller.enqueue({ ...part, text: joinerOf(`${part.type}:${part.id}`).next(part.text) });
          case 'tool-input-delta':
            return controller.enqueue({ ...part, delta: joinerOf(`${part.type}:${part.id}`).next(part.delta) });
          case 'text-end':
          case 'reasoning-end': {
            const delta = part.type === 'text-end' ? 'text-delta' : 'reasoning-delta';
            const text = endOf(`${delta}:${part.id}`);
            if (text !== '') controller.enqueue({ type: delta, id: part.id, text });
            return controller.enqueue(part);
          }
          case 'tool-input-end': {
            const delta = endOf(`tool-input-delta:${part.id}`);
            if (delta !== '') controller.enqueue({ type: 'tool-input-delta', id: part.id, delta });
            return controller.enqueue(part);
          }
          default:
            return controller.enqueue(wellFormed(part));
        }
      },
    });
  };
}

/**
 * Gives the calls of an answer their ids in the run. A provider may deliver the result of an earlier answer's call late; it
 * keeps the id that the call was given.
 */
export function renamingToolCalls<TOOLS extends ToolSet>(
  toolCallId: (given: string) => string,
  knownToolCallId: (given: string) => string,
): StreamTextTransform<TOOLS> {
  return () =>
    new TransformStream({
      transform(part, controller) {
        switch (part.type) {
          case 'tool-input-start':
          case 'tool-input-delta':
          case 'tool-input-end':
            return controller.enqueue({ ...part, id: toolCallId(part.id) });
          case 'tool-call':
            return controller.enqueue({ ...part, toolCallId: toolCallId(part.toolCallId) });
          case 'tool-error':
          case 'tool-result':
            return controller.enqueue({ ...part, toolCallId: knownToolCallId(part.toolCallId) });
          default:
            return controller.enqueue(part);
        }
      },
    });
}
