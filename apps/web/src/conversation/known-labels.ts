/** Labels of a workflow's nodes, including removed ones. */
import type { GraphState, MessageState } from '#libs/client';
import { fieldsOf, listOf, textIn } from '../fields.js';

/** Labels by node id, from the current graph or else from the call that added the node in one of these messages. */
export function knownLabels(graph: GraphState, messages: readonly MessageState[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type !== 'tool-addNodes' || !('input' in part)) continue;
      for (const node of listOf(fieldsOf(part.input).nodes)) {
        const [id, label] = [textIn(fieldsOf(node), 'id'), textIn(fieldsOf(node), 'label')];
        if (id !== null && label !== null) labels.set(id, label);
      }
    }
  }
  for (const { id, label } of graph.nodes) labels.set(id, label);
  return labels;
}
