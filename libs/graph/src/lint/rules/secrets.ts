/**
 * Finds secrets written into a graph. A graph is shown, shared and stored in revisions, so a secret belongs in a stored
 * connection. Messages never repeat the secret.
 */
import type { Template } from '../../expressions/parse-template.js';
import { type LintContext, nameOf, shortPath } from '../graph-issue.js';
import type { PlacedText } from '../parameter-strings.js';
import { isSecretUnder, secretInCode, secretInQuery } from './named-secrets.js';
import { secretForm } from './secret-forms.js';

export function checkSecrets({ graph, textsOf, template, report }: LintContext): void {
  for (const node of graph.nodes) {
    const inLabel = secretForm(node.label);
    if (inLabel) {
      report('SECRET_IN_PARAMETER', `The label of the node "${node.id}" seems to hold ${inLabel}. Remove it.`, {
        nodeId: node.id,
        path: 'label',
      });
    }
    for (const text of textsOf(node)) {
      const read = template(text.text);
      const form = secretForm(read.replaced(' ')) ?? secretInExpression(read) ?? namedSecret(text, read);
      if (!form) continue;
      report(
        'SECRET_IN_PARAMETER',
        `${inLabel ? `The node "${node.id}"` : nameOf(node)}: "${shortPath(text.path)}" seems to hold ${form}. Remove it, keep it in a stored connection and name that in "credential".`,
        { nodeId: node.id, path: text.path },
      );
    }
  }
}

function secretInExpression(template: Template): string | null {
  for (const expression of template.expressions) {
    const form = secretForm(expression.source);
    if (form) return form;
  }
  return null;
}

function namedSecret({ key, text, path, verbatim }: PlacedText, template: Template): string | null {
  if (isSecretUnder(key, template, path.startsWith('parameters.headers'))) return 'a secret';
  const name = secretInQuery(text) ?? (verbatim ? secretInCode(text) : null);
  return name === null ? null : `a secret ("${name}")`;
}
