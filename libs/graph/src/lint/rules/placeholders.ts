/** Owns the findings about values that somebody still has to fill in. Expressions are never placeholders. */
import { replaceExpressions } from '../../expressions/parse-template.js';
import { type LintContext, nameOf } from '../graph-issue.js';
import { textsOf } from '../parameter-strings.js';

/** Certain even inside program code. */
const ANYWHERE: readonly RegExp[] = [
  /<\s*(?:your|insert|enter|add|replace|put|fill)[\s_-][^<>]{0,60}>/i,
  /\b(?:REPLACE|CHANGE|FILL)[_-]?(?:ME|THIS|IN)\b/,
  /\bYOUR[_-][A-Z0-9][A-Z0-9_-]*/,
  /\bINSERT[_-][A-Z0-9_-]+[_-]HERE\b/,
];

/** Certain in values, but ordinary in code. */
const IN_VALUES: readonly RegExp[] = [
  ...ANYWHERE,
  /^\s*(?:todo|tbd|tbc|fixme|placeholder|changeme|to be (?:defined|determined|decided)|fill (?:me )?in|\.{3}|…)\s*[.!]*\s*$/i,
  /\b(?:TODO|TBD|FIXME):/,
  /\byour[-_][a-z0-9][\w.-]*/i,
  /<(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|NAME|EMAIL|URL|TOKEN|CHANNEL|ID|KEY|PLACEHOLDER)>/,
  /\[\s*(?:your|insert|enter|add|fill in|replace)\b[^[\]]{0,60}\]/i,
  /\[(?:(?:first |last |full |customer |company |recipient )?name|company|date|link|url|email)\]/i,
  /(?<![a-z])x{3,}(?![a-z])/i,
  /\$\{[A-Z][A-Z0-9_]*\}/,
  /\blorem ipsum\b/i,
];

const EXAMPLE_DOMAIN = /(?:^|[\s@/.,<"'(])example\.(?:com|org|net|edu)\b/i;

export function checkPlaceholders({ graph, report }: LintContext): void {
  for (const node of graph.nodes) {
    const label = firstMatch(node.label, IN_VALUES);
    if (label) {
      report(
        'UNRESOLVED_PLACEHOLDER',
        `The label ${nameOf(node)} still contains the placeholder "${label}". Say what the node does.`,
        {
          nodeId: node.id,
          path: 'label',
        },
      );
    }
    for (const text of textsOf(node)) {
      const written = text.verbatim || text.isExpression ? text.text : replaceExpressions(text.text, ' ');
      const place = { nodeId: node.id, path: text.path };
      const where = `${nameOf(node)}: "${text.path.replace(/^parameters\./, '')}"`;
      const match = firstMatch(written, text.verbatim || text.isExpression ? ANYWHERE : IN_VALUES);
      if (match) {
        report(
          'UNRESOLVED_PLACEHOLDER',
          `${where} still contains the placeholder "${match}". Write the real value, or {{ settings.<name> }} for one that a person fills in later.`,
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
}

function firstMatch(text: string, patterns: readonly RegExp[]): string | null {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match) return match[0].trim().slice(0, 60);
  }
  return null;
}
