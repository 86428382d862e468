/** Checks expressions: syntax errors, and references to nothing or to something later. */
import type { ExpressionReference, ExpressionResult } from '../../expressions/parse-expression.js';
import { parseCondition } from '../../expressions/parse-template.js';
import type { GraphNode } from '../../graph-schema.js';
import { type IssuePlace, type LintContext, nameOf, shortPath } from '../graph-issue.js';
import { watchedBy } from '../graph-structure.js';
import type { PlacedText } from '../parameter-strings.js';

export function checkExpressions(context: LintContext): void {
  const settings = new Set<string>();
  const dashed = dashedIds(context);
  for (const node of context.graph.nodes) {
    for (const text of context.textsOf(node)) {
      if (text.verbatim || text.text.trim() === '') continue;
      for (const result of resultsOf(context, text)) {
        checkResult(context, node, text, result, settings, dashed);
      }
    }
  }
  checkWatched(context);
}

/** Finds the id meant by `nodes.send-mail`, which reads `send` or `mail`: ids by their parts, and by their beginnings. */
interface DashedIds {
  readonly byPart: ReadonlyMap<string, string>;
  readonly byStart: ReadonlyMap<string, string>;
}

function dashedIds({ structure }: LintContext): DashedIds {
  const byPart = new Map<string, string>();
  const byStart = new Map<string, string>();
  for (const id of structure.nodesById.keys()) {
    const parts = id.split('-');
    for (const part of parts.slice(1)) if (!byPart.has(part)) byPart.set(part, id);
    for (const [index] of parts.slice(1).entries()) {
      const start = parts.slice(0, index + 1).join('-');
      if (!byStart.has(start)) byStart.set(start, id);
    }
  }
  return { byPart, byStart };
}

function resultsOf({ template }: LintContext, text: PlacedText): readonly ExpressionResult[] {
  const read = template(text.text);
  if (!text.isExpression) return read.expressions;
  const result = parseCondition(text.text, read);
  if (result.ok || !text.text.includes('{{')) return [result];
  return [{ ...result, error: 'mixes braces and text; write one expression without braces' }];
}

function checkResult(
  context: LintContext,
  node: GraphNode,
  text: PlacedText,
  result: ExpressionResult,
  settings: Set<string>,
  dashed: DashedIds,
): void {
  const place = { nodeId: node.id, path: text.path };
  if (!result.ok) {
    context.report(
      'INVALID_EXPRESSION',
      `${nameOf(node)}: the expression "${shorten(result.source)}" in "${shortPath(text.path)}" ${result.error}.`,
      place,
    );
    return;
  }
  for (const reference of result.references) {
    const problem = referenceProblem(context, node, text, reference, dashed);
    if (problem) context.report(problem.code, `${nameOf(node)}: "${shortPath(text.path)}" ${problem.message}`, place);
    if (reference.root === 'settings') reportSetting(context, node, reference.path[0], settings, place);
  }
}

interface ReferenceProblem {
  readonly code: 'UNKNOWN_REFERENCE' | 'REFERENCE_NOT_BEFORE';
  readonly message: string;
}

function referenceProblem(
  { structure }: LintContext,
  node: GraphNode,
  text: PlacedText,
  reference: ExpressionReference,
  dashedIds: DashedIds,
): ReferenceProblem | null {
  const unknown = (message: string): ReferenceProblem => ({ code: 'UNKNOWN_REFERENCE', message });
  switch (reference.root) {
    case 'unknown': {
      const { name } = reference;
      const dashed = dashedIds.byPart.get(name);
      const hint = structure.nodesById.has(name)
        ? `To read the result of that node write nodes.${name}.`
        : dashed
          ? `For the node "${dashed}" write nodes["${dashed}"].`
          : 'Start from trigger, nodes.<id>, item, error, settings or now; put quotes around plain text.';
      return unknown(`refers to "${name}", which does not exist. ${hint}`);
    }
    case 'nodes':
      return nodeProblem(structure, node, reference.nodeId, dashedIds);
    case 'item':
    case 'index': {
      if (structure.looped.has(node.id) || text.perItem) return null;
      return unknown(
        `uses "${reference.root}", which exists only inside a loop. Put the node behind the "each" branch of a "For each".`,
      );
    }
    case 'error':
      return structure.afterFailure.has(node.id)
        ? null
        : unknown('uses "error", which exists only behind an error handler.');
    case 'settings':
      return reference.path.length > 0
        ? null
        : unknown('uses "settings" alone. Name the setting, as in settings.apiUrl.');
    case 'trigger':
    case 'now':
      return null;
  }
}

function nodeProblem(
  structure: LintContext['structure'],
  node: GraphNode,
  nodeId: string,
  dashedIds: DashedIds,
): ReferenceProblem | null {
  const target = structure.nodesById.get(nodeId);
  if (!target) {
    const dashed = dashedIds.byStart.get(nodeId);
    const hint = dashed
      ? ` For the node "${dashed}" write nodes["${dashed}"].`
      : ' Use the id of a node that comes before it.';
    return { code: 'UNKNOWN_REFERENCE', message: `refers to the node "${nodeId}", which does not exist.${hint}` };
  }
  // For a node that never runs, only that is worth reporting.
  if (!structure.reachable.has(node.id) || structure.comesBefore(nodeId, node.id)) return null;
  const message =
    nodeId === node.id
      ? 'refers to the result of the node itself, which is not known yet.'
      : `refers to ${nameOf(target)}, which does not come before it. Connect ${nameOf(target)} in front, or refer to another node.`;
  return { code: 'REFERENCE_NOT_BEFORE', message };
}

function reportSetting(
  { report }: LintContext,
  node: GraphNode,
  name: string | undefined,
  known: Set<string>,
  place: IssuePlace,
): void {
  if (name === undefined || known.has(name)) return;
  known.add(name);
  report('SETTING_NEEDED', `Fill in the setting "${name}" before the workflow runs; ${nameOf(node)} uses it.`, place);
}

function checkWatched({ structure, report }: LintContext): void {
  for (const handler of structure.errorHandlers) {
    for (const id of watchedBy(handler) ?? []) {
      if (structure.nodesById.has(id)) continue;
      report(
        'UNKNOWN_REFERENCE',
        `${nameOf(handler)}: "watch" names the node "${id}", which does not exist. Name existing nodes, or leave "watch" out to look after all.`,
        { nodeId: handler.id, path: 'parameters.watch' },
      );
    }
  }
}

function shorten(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
