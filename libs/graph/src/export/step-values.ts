/** The settings of one step as code of another program. */
import type { JsonValue } from '#libs/contracts';
import type { ParameterSpec } from '../catalog/node-type.js';
import type { ExpressionResult } from '../expressions/parse-expression.js';
import { parseCondition, Template } from '../expressions/parse-template.js';
import type { LossList } from './export-loss.js';
import type { ParameterReader } from './parameter-reader.js';
import { type Dialect, translateExpression } from './translate-expression.js';

/** Where code stands. */
export interface CodePlace {
  /** In a program that reads all items at once. */
  readonly inCode?: boolean;
  /** In code that itself iterates over a list and names its own item and index. */
  readonly ownItem?: boolean;
}

export abstract class StepValues {
  constructor(
    readonly reader: ParameterReader,
    private readonly losses: LossList,
  ) {}

  /** @param missing called for each piece of data that the other program does not have */
  protected abstract dialect(place: CodePlace, missing: (message: string) => void): Dialect;

  /** A text as a literal. */
  protected abstract literal(text: string): string;

  /** A text of several pieces: literals and expressions. */
  protected abstract joined(pieces: readonly { readonly code: string; readonly isText: boolean }[]): string;

  protected abstract object(entries: readonly { readonly name: string; readonly code: string }[]): string;

  has(name: string): boolean {
    const value = this.reader.value(name);
    return value !== undefined && value !== null && value !== '';
  }

  /** A literal string, number or boolean that decides how the rest is exported. */
  word(name: string): string {
    const value = this.reader.value(name);
    return typeof value === 'string' ? value : JSON.stringify(value ?? '');
  }

  /** Code that evaluates to the value. */
  code(name: string, place: CodePlace = {}): string {
    return this.written(this.reader.value(name) ?? null, `parameters.${name}`, place, this.reader.spec(name));
  }

  /** Code of an expression inside a list, such as the condition of a case. */
  condition(source: string, path: string): string {
    return this.expression(parseCondition(source), path, {});
  }

  /** The named cases of a switch with their conditions, in order. `equals` compares its value with the name of a case. */
  cases(equals: (name: string) => string): ReadonlyMap<string, string> {
    const cases = this.reader.value('cases');
    const found = new Map<string, string>();
    for (const [index, entry] of (Array.isArray(cases) ? cases : []).entries()) {
      const { name, when = '' } =
        entry !== null && typeof entry === 'object' && !Array.isArray(entry) ? entry : { name: entry };
      if (typeof name !== 'string' || name === '' || found.has(name)) {
        this.reader.lose(`cases[${index}]`, 'A case without a name of its own is left out.');
        continue;
      }
      const written = typeof when === 'string' && when.trim() !== '';
      found.set(name, written ? this.condition(when, `parameters.cases[${index}].when`) : equals(name));
    }
    return found;
  }

  protected written(value: JsonValue, path: string, place: CodePlace, spec?: ParameterSpec): string {
    const inner = (entry: JsonValue, at: string): string => this.written(entry, at, place);
    if (typeof value === 'string') {
      if (spec?.type === 'expression') return this.expression(parseCondition(value), path, place);
      const { expressions, pieces, soleExpression } = new Template(value);
      const [sole] = expressions;
      if (spec?.verbatim || !sole) return this.literal(value);
      if (soleExpression !== null) return this.expression(sole, path, place);
      return this.joined(
        pieces.map((piece) =>
          typeof piece === 'string'
            ? { code: this.literal(piece), isText: true }
            : { code: this.expression(piece, path, place), isText: false },
        ),
      );
    }
    if (Array.isArray(value)) return `[${value.map((entry, index) => inner(entry, `${path}[${index}]`)).join(', ')}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    return this.object(Object.entries(value).map(([name, entry]) => ({ name, code: inner(entry, `${path}.${name}`) })));
  }

  protected expression(parsed: ExpressionResult, path: string, place: CodePlace): string {
    const lose = (message: string): void => this.losses.add({ nodeId: this.reader.node.id, path, message });
    const result = translateExpression(parsed, this.dialect(place, lose));
    if (result.ok) return result.code;
    lose(`The expression "${parsed.source.slice(0, 80)}" ${result.reason}, so it is exported as text.`);
    return this.literal(parsed.source);
  }
}

/** The value with each of its texts replaced. */
export function mapTexts(
  value: JsonValue,
  path: string,
  replace: (text: string, path: string) => JsonValue,
): JsonValue {
  if (typeof value === 'string') return replace(value, path);
  if (Array.isArray(value)) return value.map((entry, index) => mapTexts(entry, `${path}[${index}]`, replace));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, mapTexts(entry, `${path}.${name}`, replace)]),
  );
}
