/** Calls of the functions in the database that do in one statement what would take a transaction of many. */
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { ownValue } from '#libs/contracts';
import { FencedError, type RunClaim } from '#libs/engine';
import { storedJson } from './stored-values.js';
import { type FunctionName, functionOf } from './table-names.js';

/** A function, and its arguments by name. */
export interface FunctionCall {
  name: FunctionName;
  args: Record<string, string | number | boolean | null | readonly string[]>;
}

/** What the functions raise when a claim does not hold its run any more. */
const FENCED = 'HF001';

/** As `callEach`; returns the first function's answer. */
export async function callFunctions<Answer>(
  source: DataSource | EntityManager,
  ...calls: readonly FunctionCall[]
): Promise<Answer> {
  const [answer] = await callEach<[Answer]>(source, ...calls);
  return answer;
}

/**
 * Calls the functions in this order, in one statement, which is a transaction of its own unless `source` is in one. Returns
 * their answers. Throws `FencedError` when a claim does not hold its run any more; nothing is then stored.
 */
export async function callEach<Answers extends readonly unknown[]>(
  source: DataSource | EntityManager,
  ...calls: readonly FunctionCall[]
): Promise<Answers> {
  const values: FunctionCall['args'][string][] = [];
  const columns = calls.map(({ name, args }, at) => {
    const passed = Object.entries(args).map(([parameter, value]) => `${parameter} => $${values.push(value)}`);
    return `${functionOf(source, name)}(${passed.join(', ')}) AS answer_${at}`;
  });
  try {
    const [row = {}] = await source.query<Record<string, unknown>[]>(`SELECT ${columns.join(', ')}`, values);
    return calls.map((_, at) => storedJson.from(ownValue(row, `answer_${at}`))) as unknown as Answers;
  } catch (error) {
    const cause = error instanceof QueryFailedError ? error.driverError : null;
    if (cause && 'code' in cause && cause.code === FENCED) throw new FencedError(cause.message);
    throw error;
  }
}

/** The arguments by which a function fences. */
export function fence({ workflowId, epoch, runId }: RunClaim) {
  return { claim_workflow: workflowId, claim_epoch: epoch, claim_run: runId };
}

/** A value for a parameter of type json or jsonb. */
export function jsonArgument(value: unknown): string | null {
  return value === null ? null : JSON.stringify(storedJson.to(value));
}
