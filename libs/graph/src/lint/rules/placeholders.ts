/** Finds values that still have to be filled in. Expressions are never placeholders. */
import type { GraphNode } from '../../graph-schema.js';
import { type LintContext, nameOf, shortPath } from '../graph-issue.js';
import { placeholderIn, placeholderInCode, possiblePlaceholderIn } from './placeholder-forms.js';

const EXAMPLE_DOMAIN = /(?:^|[\s@/.,<"'(])example\.(?:com|org|net|edu)\b/i;

export function checkPlaceholders(context: LintContext): void {
  for (const node of context.graph.nodes) {
    checkLabel(node, context);
    checkParameters(node, context);
  }
}

function checkLabel(node: GraphNode, { report }: LintContext): void {
  const place = { nodeId: node.id, path: 'label' };
  const certain = placeholderIn(node.label);
  const found = certain ?? possiblePlaceholderIn(node.label);
  if (!found) return;
  report(
    certain ? 'UNRESOLVED_PLACEHOLDER' : 'POSSIBLE_PLACEHOLDER',
    `The label ${nameOf(node)} ${certain ? 'still contains' : 'may still contain'} the placeholder "${found}". Say what the node does.`,
    place,
  );
}

function checkParameters(node: GraphNode, { textsOf, template, report }: LintContext): void {
  for (const text of textsOf(node)) {
    const isCode = text.verbatim || text.isExpression;
    const written = isCode ? text.text : template(text.text).replaced(' ');
    const place = { nodeId: node.id, path: text.path };
    const where = `${nameOf(node)}: "${shortPath(text.path)}"`;
    const certain = isCode ? placeholderInCode(written) : placeholderIn(written);
    const possible = isCode ? null : possiblePlaceholderIn(written);
    if (certain) {
      report(
        'UNRESOLVED_PLACEHOLDER',
        `${where} still contains the placeholder "${certain}". Write the real value, or {{ settings.<name> }} for one that a person fills in later.`,
        place,
      );
    } else if (possible) {
      report(
        'POSSIBLE_PLACEHOLDER',
        `${where} contains "${possible}", which reads like a placeholder. If it is one, write the real value, or {{ settings.<name> }}.`,
        place,
      );
    } else if (EXAMPLE_DOMAIN.test(written)) {
      report(
        'EXAMPLE_ADDRESS',
        `${where} points at an example domain, where nobody answers. Put in the real address.`,
        place,
      );
    }
  }
}
