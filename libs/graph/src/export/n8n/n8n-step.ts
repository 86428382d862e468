/** The n8n form of a step, and helpers shared by several types. */
import type { JsonValue } from '#libs/contracts';
import type { N8nTypeName } from './n8n-facts.js';
import type { N8nValues } from './n8n-values.js';

export type Settings = Record<string, JsonValue>;

export interface N8nStep {
  readonly type: N8nTypeName;
  readonly settings: Settings;
  /** Code that creates the items over which the node iterates. */
  readonly listBefore?: string;
  /** A condition after the node; its outputs are the step's two branches. */
  readonly testAfter?: string;
  /** The step's branches in the order of n8n's outputs; when absent, there is one output for the unnamed branch. */
  readonly branches?: readonly string[];
}

export type Write = (values: N8nValues) => N8nStep;

export const one = (type: N8nTypeName, settings: Settings = {}): N8nStep => ({ type, settings });
export const named = (value: JsonValue, mode = 'name'): Settings => ({ __rl: true, mode, value });

/** An n8n condition: here always a single boolean expression. */
export function conditionOf(code: string): Settings {
  return {
    options: { caseSensitive: true, leftValue: '', typeValidation: 'loose', version: 2 },
    combinator: 'and',
    conditions: [
      {
        id: 'condition',
        leftValue: `={{ Boolean(${code}) }}`,
        rightValue: '',
        operator: { type: 'boolean', operation: 'true', singleValue: true },
      },
    ],
  };
}

export function nothing(values: N8nValues, what: string): N8nStep {
  for (const name of Object.keys(values.reader.node.parameters)) {
    values.reader.lose(
      name,
      `${what} The step is exported as one that does nothing; put "${name}" into what replaces it.`,
    );
  }
  return one('noOp');
}

export function startByHand(values: N8nValues, what: string): N8nStep {
  return { ...nothing(values, what), type: 'manualTrigger' };
}

/** Exports hold no credentials; a connection other than the usual one is named as a loss. */
export function loseCredential({ reader }: N8nValues): void {
  const given = reader.node.parameters.credential;
  const spec = reader.spec('credential');
  if (spec && typeof given === 'string' && given !== spec.default) {
    reader.lose('credential', `Choose the connection "${given.slice(0, 60)}" in n8n; exports hold no credentials.`);
  }
}

/** Includes only what is set, so that n8n's defaults apply to the rest. */
export function given(values: N8nValues, pairs: Readonly<Record<string, string>>): Settings {
  return Object.fromEntries(
    Object.entries(pairs).flatMap(([name, theirs]) => (values.has(name) ? [[theirs, values.value(name)]] : [])),
  );
}

export function objectOf(values: N8nValues, name: string): Settings {
  const value = values.has(name) ? values.value(name) : {};
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  values.reader.lose(
    name,
    `n8n takes "${name}" column by column, so a single expression or a list has to be set by hand.`,
  );
  return {};
}

export function listSettings(value: JsonValue, key: string): JsonValue {
  return Array.isArray(value) ? value.map((entry) => ({ [key]: entry })) : [{ [key]: value }];
}
