/** The settings of one step, as values and as n8n code. */
import type { JsonValue } from '#libs/contracts';
import type { ParameterSpec } from '../../catalog/node-type.js';
import type { ExpressionResult } from '../../expressions/parse-expression.js';
import { parseCondition, Template } from '../../expressions/parse-template.js';
import { parseDuration } from '../../values/duration.js';
import type { LossList } from '../export-loss.js';
import type { ParameterReader } from '../parameter-reader.js';
import { translateExpression } from '../translate-expression.js';
import { type N8nPlace, n8nDialect, n8nText } from './n8n-expressions.js';

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1000],
] as const;

export class N8nValues {
  constructor(
    readonly reader: ParameterReader,
    private readonly place: Omit<N8nPlace, 'missing' | 'inCode' | 'ownItem'>,
    private readonly losses: LossList,
  ) {}

  has(name: string): boolean {
    const value = this.reader.value(name);
    return value !== undefined && value !== null && value !== '';
  }

  /** A literal string, number or boolean that decides how the rest is exported. */
  word(name: string): string {
    const value = this.reader.value(name);
    return typeof value === 'string' ? value : JSON.stringify(value ?? '');
  }

  /** The value as n8n stores it: texts with expressions begin with `=`. */
  value(name: string): JsonValue {
    const value = this.reader.value(name) ?? '';
    if (this.reader.spec(name)?.type === 'expression') return `={{ ${this.code(name)} }}`;
    return this.stored(value, `parameters.${name}`);
  }

  /** Like `value`, for settings that are a single text. */
  text(name: string): string {
    const value = this.value(name);
    if (typeof value === 'string') return value;
    return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && !entry.startsWith('='))
      ? value.join(',')
      : `={{ ${this.code(name)} }}`;
  }

  /** JavaScript that evaluates to the value, for `={{ … }}` or, with `inCode`, for a code step. */
  code(name: string, inCode = false, ownItem = false): string {
    const value = this.reader.value(name) ?? null;
    return this.written(value, `parameters.${name}`, this.reader.spec(name), inCode, ownItem);
  }

  /** JavaScript of an expression inside a list, such as the condition of a case. */
  expression(parsed: ExpressionResult, path: string, inCode = false, ownItem = false): string {
    const missing = (what: string): void =>
      this.losses.add({
        nodeId: this.place.node.id,
        path,
        message: `n8n does not give "${what}"; choose another value there.`,
      });
    const place = { ...this.place, inCode, ownItem, missing };
    const result = translateExpression(parsed, n8nDialect(place));
    if (result.ok) return result.code;
    this.losses.add({
      nodeId: this.place.node.id,
      path,
      message: `The expression "${parsed.source.slice(0, 80)}" ${result.reason}, so it is exported as text.`,
    });
    return n8nText(parsed.source);
  }

  /** A duration in the largest unit that divides it. A duration given by an expression is in seconds and left to the reader. */
  duration(name: string): { amount: JsonValue; unit: string } {
    const text = this.word(name);
    const milliseconds = parseDuration(text);
    if (milliseconds === null) {
      this.reader.lose(
        name,
        `n8n takes a duration as a number and a unit, which "${text.slice(0, 60)}" is not; set it by hand.`,
      );
      return { amount: 1, unit: 'hours' };
    }
    const unit = UNITS.find(([, length]) => milliseconds % length === 0);
    return { amount: milliseconds / (unit?.[1] ?? 1000), unit: unit?.[0] ?? 'seconds' };
  }

  private stored(value: JsonValue, path: string): JsonValue {
    if (typeof value === 'string') return this.storedText(value, path);
    if (Array.isArray(value)) return value.map((entry, index) => this.stored(entry, `${path}[${index}]`));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.stored(entry, `${path}.${key}`)]));
  }

  private storedText(text: string, path: string): string {
    const { expressions } = new Template(text);
    if (expressions.length === 0) return text.startsWith('=') || text.includes('{{') ? `={{ ${n8nText(text)} }}` : text;
    let stored = '=';
    let from = 0;
    for (const expression of expressions) {
      const { start, end } = expression;
      stored += plainPart(text.slice(from, start));
      stored += `{{ ${this.expression(expression, path)} }}`;
      from = end;
    }
    return stored + plainPart(text.slice(from));
  }

  private written(
    value: JsonValue,
    path: string,
    spec: ParameterSpec | undefined,
    inCode: boolean,
    ownItem: boolean,
  ): string {
    const inner = (entry: JsonValue, at: string): string => this.written(entry, at, undefined, inCode, ownItem);
    if (typeof value === 'string') {
      if (spec?.type === 'expression') {
        return this.expression(parseCondition(value), path, inCode, ownItem);
      }
      const template = new Template(value);
      const [sole] = template.expressions;
      if (!sole) return n8nText(value);
      if (template.soleExpression !== null) return this.expression(sole, path, inCode, ownItem);
      const parts: string[] = [];
      let from = 0;
      for (const expression of template.expressions) {
        const { start, end } = expression;
        if (start > from) parts.push(n8nText(value.slice(from, start)));
        parts.push(this.expression(expression, path, inCode, ownItem));
        from = end;
      }
      if (from < value.length) parts.push(n8nText(value.slice(from)));
      return `[${parts.join(', ')}].join('')`;
    }
    if (Array.isArray(value)) return `[${value.map((entry, index) => inner(entry, `${path}[${index}]`)).join(', ')}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    const entries = Object.entries(value).map(([key, entry]) => `[${n8nText(key)}]: ${inner(entry, `${path}.${key}`)}`);
    // The space inside keeps two closing braces apart, which would end the surrounding expression.
    return entries.length === 0 ? '({ })' : `({ ${entries.join(', ')} })`;
  }
}

/** Text between expressions: a single brace at its end would combine with the braces that follow. */
function plainPart(text: string): string {
  return text.replaceAll(/\{\{|\{$/g, (braces) => `{{ ${n8nText(braces)} }}`);
}
