/**
 * Reads a workflow file. The text is untrusted: its size is checked before parsing, and problems are reported in plain
 * sentences.
 */
import type { z } from 'zod';
import { WORKFLOW_FILE_FORMAT, WORKFLOW_FILE_VERSION, workflowFileSchema } from '../export/workflow-file.js';
import { MAX_EDGES, MAX_NODES, MAX_PARAMETERS_BYTES, type PortableWorkflow } from '../graph-schema.js';
import { MAX_JSON_DEPTH } from '../json.js';

/** Maximum characters of a file; the largest graph that can be stored fits. */
export const MAX_IMPORT_CHARS = 8 * 1024 * 1024;

/** The levels of parameters, plus the file, graph, list and node around them. */
const MAX_FILE_DEPTH = MAX_JSON_DEPTH + 6;

/** Further problems are only counted, in a last sentence. */
const MAX_PROBLEMS = 20;

export type ImportResult =
  | { readonly ok: true; readonly workflow: PortableWorkflow }
  /** Sentences for the person who chose the file; at least one. */
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads what `exportGraph(workflow, 'json')` wrote, unchanged. Never throws. Only shape and limits are checked; as with
 * drawn workflows, the linter checks whether it makes sense.
 */
export function importGraph(text: string): ImportResult {
  if (text.length > MAX_IMPORT_CHARS) {
    return refused(`The file is larger than ${MAX_IMPORT_CHARS / 1024 / 1024} MiB.`);
  }
  if (nestsDeeply(text)) return refused('The file is nested too deeply to be a workflow.');
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return refused('The file is not JSON. Choose a file that was exported from Holdfast as JSON.');
  }
  const problem = envelopeProblem(value) ?? sizeProblem(value);
  if (problem) return refused(problem);
  const parsed = workflowFileSchema.safeParse(value);
  if (!parsed.success) return { ok: false, problems: sentences(parsed.error.issues) };
  const { title, graph } = parsed.data;
  return { ok: true, workflow: { title, graph } };
}

function refused(problem: string): ImportResult {
  return { ok: false, problems: [problem] };
}

/** One pass over the text, because a parser may exhaust its stack, or take seconds, on very deep nesting. */
function nestsDeeply(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '[' || char === '{') {
      depth += 1;
      if (depth > MAX_FILE_DEPTH) return true;
    } else if (char === ']' || char === '}') depth -= 1;
  }
  return false;
}

/** A file of another program or of a later version gets one sentence instead of a list of everything missing. */
function envelopeProblem(value: unknown): string | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return 'The file holds no workflow: it is JSON, but not an object.';
  }
  const { format, version } = value as Record<string, unknown>;
  if (format !== WORKFLOW_FILE_FORMAT) {
    return `The file holds no Holdfast workflow: its "format" is not "${WORKFLOW_FILE_FORMAT}".`;
  }
  if (version !== WORKFLOW_FILE_VERSION) {
    return `The file has a version that is not understood here. This Holdfast reads version ${WORKFLOW_FILE_VERSION}.`;
  }
  return null;
}

/** Problems that the schema would take long to refuse, or data that it would drop silently. */
function sizeProblem(value: unknown): string | null {
  const { graph } = value as { graph?: { nodes?: unknown; edges?: unknown } };
  for (const [name, most] of [
    ['nodes', MAX_NODES],
    ['edges', MAX_EDGES],
  ] as const) {
    const list = graph?.[name];
    if (Array.isArray(list) && list.length > most) return `"graph.${name}" has more than ${most} entries.`;
  }
  const nodes: unknown[] = Array.isArray(graph?.nodes) ? graph.nodes : [];
  for (const [index, node] of nodes.entries()) {
    const parameters: unknown = (node as { parameters?: unknown } | null)?.parameters;
    if (parameters === null || typeof parameters !== 'object') continue;
    const place = `"graph.nodes[${index}].parameters"`;
    if (Object.hasOwn(parameters, '__proto__')) return `${place} has the name "__proto__", which cannot be stored.`;
    // An entry takes at least five characters of JSON.
    if (Object.keys(parameters).length > MAX_PARAMETERS_BYTES / 5) {
      return `${place} must be at most ${MAX_PARAMETERS_BYTES / 1024} KiB of JSON.`;
    }
  }
  return null;
}

function sentences(issues: readonly z.core.$ZodIssue[]): string[] {
  const all = issues.map((issue) => `${placeOf(issue.path)} ${predicateOf(issue)}.`);
  const left = all.length - MAX_PROBLEMS;
  return left > 0 ? [...all.slice(0, MAX_PROBLEMS), `There are ${left} more problems of this kind.`] : all;
}

function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${shorten(String(part))}`)).join('');
  return place === '' ? 'The file' : `"${place.replace(/^\./, '')}"`;
}

function predicateOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing or is not ${article(issue.expected)}`
        : `is not ${article(issue.expected)}`;
    case 'unrecognized_keys':
      return `has fields that this version does not know: ${issue.keys
        .slice(0, 5)
        .map((key) => `"${shorten(key)}"`)
        .join(', ')}`;
    case 'too_big':
      return issue.origin === 'array'
        ? `has more than ${issue.maximum} entries`
        : lastWords(issue, `is larger than ${issue.maximum}`);
    case 'too_small':
      return lastWords(issue, `is smaller than ${issue.minimum}`);
    case 'invalid_key':
      return 'has a name that is longer than 64 characters';
    default:
      return lastWords(issue, 'is not as it should be');
  }
}

/** Messages of this project's schema are ends of sentences; those of the library are not. */
function lastWords(issue: z.core.$ZodIssue, otherwise: string): string {
  return /^(?:must|is|contains|has) /.test(issue.message) ? issue.message : otherwise;
}

function article(expected: string): string {
  if (expected === 'object' || expected === 'array') return `an ${expected}`;
  if (expected === 'record') return 'an object';
  return expected === 'string' ? 'a text' : `a ${expected}`;
}

/** Names come from the file; shortening keeps each sentence on one line. */
function shorten(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, '\uFFFD');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
