/**
 * Owns the findings about secrets written into a graph. A graph is shown, shared and stored in revisions, so a secret
 * belongs into a stored connection. Messages never repeat the secret.
 */
import { parseExpressions, replaceExpressions } from '../../expressions/parse-template.js';
import { type LintContext, nameOf } from '../graph-issue.js';
import { textsOf } from '../parameter-strings.js';

const SECRET_FORMS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/],
  ['an API key', /\bsk-(?:[a-zA-Z]+-)*[A-Za-z0-9_-]{16,}/],
  ['a Stripe key', /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9]{16,}/],
  ['a GitHub token', /\b(?:gh[opusr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{16,}/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/],
  ['a Slack webhook address', /hooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]{16,}/],
  ['a Google key', /\bAIza[A-Za-z0-9_-]{30,}/],
  ['a Telegram bot token', /\b\d{8,10}:[A-Za-z0-9_-]{35}\b/],
  ['a SendGrid key', /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{30,}/],
  ['a signed token', /\beyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,}/],
  ['a bearer token', /\bBearer\s+[A-Za-z0-9._~+/=-]{16,}/i],
  ['a basic authentication header', /\bBasic\s+[A-Za-z0-9+/]{12,}={0,2}(?![A-Za-z])/],
  ['an address with a password', /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{1,100}:[^\s:/@]{1,200}@[^\s/]+/i],
];

const SECRET_KEYS =
  /^(?:(?:proxy-)?authorization|x-api-key|x-auth-token|api[-_]?key|api[-_]?token|access[-_]?token|auth[-_]?token|refresh[-_]?token|client[-_]?secret|secret(?:[-_]?key)?|private[-_]?key|password|passwd|passphrase)$/i;

export function checkSecrets({ graph, report }: LintContext): void {
  for (const node of graph.nodes) {
    const inLabel = secretForm(node.label);
    if (inLabel) {
      report('SECRET_IN_PARAMETER', `The label of the node "${node.id}" seems to hold ${inLabel}. Remove it.`, {
        nodeId: node.id,
        path: 'label',
      });
    }
    for (const text of textsOf(node)) {
      const written = replaceExpressions(text.text, ' ');
      const form =
        secretForm(written) ??
        secretInExpression(text.text) ??
        (isSecretByName(text.key, written, text.text) ? 'a secret' : null);
      if (!form) continue;
      report(
        'SECRET_IN_PARAMETER',
        `${inLabel ? `The node "${node.id}"` : nameOf(node)}: "${text.path.replace(/^parameters\./, '')}" seems to hold ${form}. Remove it, keep it in a stored connection and name that in "credential".`,
        { nodeId: node.id, path: text.path },
      );
    }
  }
}

function secretForm(text: string): string | null {
  return SECRET_FORMS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

function secretInExpression(text: string): string | null {
  for (const expression of parseExpressions(text)) {
    const form = secretForm(expression.source);
    if (form) return form;
  }
  return null;
}

function isSecretByName(key: string, written: string, original: string): boolean {
  return SECRET_KEYS.test(key) && !original.includes('{{') && written.trim().length >= 8;
}
