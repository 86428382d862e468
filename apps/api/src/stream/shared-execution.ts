/**
 * Subscriptions whose events are executed once for all subscribers with the same selection. The resolver has already
 * decided who may see an event by handing it out.
 *
 * Two subscribers share a result when they get the same event object and have the same document, operation, user and
 * variables. A variable that only feeds an argument of the subscription field itself, such as a cursor, does not count: it
 * decides which events arrive, not how they look.
 */
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  getOperationAST,
  Kind,
  visit,
} from 'graphql';
import { chargedFieldResolver } from '../graphql/charged-fields.js';
import { MappedIterator } from '../graphql/mapped-iterator.js';
import { eventBudget, OperationBudget } from '../graphql/operation-budget.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { stringifyWithPreserialised } from './preserialised-json.js';

/** Results by event and selection, dropped together with the event. */
const results = new WeakMap<object, Map<string, ExecutionResult | Promise<ExecutionResult>>>();
const texts = new WeakMap<ExecutionResult, string>();
const operations = new WeakMap<DocumentNode, Map<string | null, Operation>>();
let operationCount = 0;

interface Operation {
  serial: number;
  /** Variables used exactly once, as an argument of the root field. */
  rootVariables: ReadonlySet<string>;
}

/**
 * As `subscribe` of graphql-js, with shared results. Results must not be modified.
 * @param opens gets the promise of opening the source, which may take longer than the caller waits
 */
export async function subscribeShared(
  args: ExecutionArgs,
  opens: (opening: Promise<unknown>) => void = () => undefined,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const { budget } = args.contextValue as OperationContext;
  const opening = createSourceEventStream(args);
  opens(opening);
  const source = await budget.within(opening).catch((error: unknown) => {
    opening.then(closeSource).catch(() => undefined);
    throw error;
  });
  if (!(Symbol.asyncIterator in source)) return source;
  const selection = selectionOf(args);
  return new MappedIterator(source[Symbol.asyncIterator](), (event) => executeOnce(args, selection, event));
}

/** Closes a source that opened too late, because nobody will read it. */
async function closeSource(source: AsyncIterable<unknown> | ExecutionResult): Promise<void> {
  if (Symbol.asyncIterator in source) await source[Symbol.asyncIterator]().return?.();
}

/** A result as JSON, serialised once for all its receivers. */
export function textOf(result: ExecutionResult): string {
  const known = texts.get(result);
  if (known !== undefined) return known;
  const text = stringifyWithPreserialised(result);
  texts.set(result, text);
  return text;
}

/** The data of a result as plain values, for callers that serialise it differently. */
export function dataOf(result: ExecutionResult): ExecutionResult['data'] {
  return (JSON.parse(textOf(result)) as ExecutionResult).data;
}

function executeOnce(
  args: ExecutionArgs,
  selection: string,
  event: unknown,
): ExecutionResult | Promise<ExecutionResult> {
  const run = () => executeEvent(args, event);
  if (typeof event !== 'object' || event === null) return run();
  let known = results.get(event);
  if (!known) {
    known = new Map();
    results.set(event, known);
  }
  const found = known.get(selection);
  if (found) return found;
  const result = run();
  known.set(selection, result);
  return result;
}

/** Each event has its own budget. When it is exceeded, the answer holds only that error. */
function executeEvent(args: ExecutionArgs, event: unknown): ExecutionResult | Promise<ExecutionResult> {
  const budget = new OperationBudget(eventBudget);
  const contextValue: OperationContext = { ...(args.contextValue as OperationContext), budget };
  const checked = (result: ExecutionResult): ExecutionResult =>
    budget.exceeded ? { data: null, errors: [budget.refusal] } : result;
  const result = execute({
    ...args,
    rootValue: event,
    contextValue,
    fieldResolver: chargedFieldResolver as ExecutionArgs['fieldResolver'],
  });
  return result instanceof Promise ? result.then(checked) : checked(result);
}

function selectionOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const { serial, rootVariables } = operationOf(document, operationName ?? null);
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => !rootVariables.has(name));
  const { viewer } = contextValue as OperationContext;
  return JSON.stringify([serial, viewer.userId, variables]);
}

function operationOf(document: DocumentNode, name: string | null): Operation {
  let known = operations.get(document);
  if (!known) {
    known = new Map();
    operations.set(document, known);
  }
  let operation = known.get(name);
  if (!operation) {
    operationCount += 1;
    operation = { serial: operationCount, rootVariables: variablesOfRootOnly(document, name) };
    known.set(name, operation);
  }
  return operation;
}

function variablesOfRootOnly(document: DocumentNode, operationName: string | null): ReadonlySet<string> {
  const uses = new Map<string, number>();
  visit(document, {
    enter: (node) => {
      if (node.kind === Kind.VARIABLE_DEFINITION) return false;
      if (node.kind === Kind.VARIABLE) uses.set(node.name.value, (uses.get(node.name.value) ?? 0) + 1);
      return undefined;
    },
  });
  const found = new Set<string>();
  for (const field of getOperationAST(document, operationName)?.selectionSet.selections ?? []) {
    if (field.kind !== Kind.FIELD) continue;
    for (const { value } of field.arguments ?? []) {
      if (value.kind === Kind.VARIABLE && uses.get(value.name.value) === 1) found.add(value.name.value);
    }
  }
  return found;
}
