/** The settings of one step, as values and as Step Functions code. */
import type { JsonValue } from '#libs/contracts';
import type { ParameterSpec } from '../../catalog/node-type.js';
import type { ExpressionResult } from '../../expressions/parse-expression.js';
import { parseCondition, Template } from '../../expressions/parse-template.js';
import { parseDuration } from '../../values/duration.js';
import type { LossList } from '../export-loss.js';
import type { ParameterReader } from '../parameter-reader.js';
import { translateExpression } from '../translate-expression.js';
import { MAX_WAIT_SECONDS } from './asl-facts.js';
import { jsonataDialect, jsonataText } from './jsonata.js';

export class AslValues {
  constructor(
    readonly reader: ParameterReader,
    private readonly nodeIds: ReadonlySet<string>,
    private readonly losses: LossList,
  ) {}

  has(name: string): boolean {
    const value = this.reader.value(name);
    return value !== undefined && value !== null && value !== '';
  }

  word(name: string): string {
    const value = this.reader.value(name);
    return typeof value === 'string' ? value : JSON.stringify(value ?? '');
  }

  /** All settings given, with expressions to be evaluated. */
  all(): Record<string, JsonValue> {
    return Object.fromEntries(Object.keys(this.reader.node.parameters).map((name) => [name, this.stored(name)]));
  }

  /** JSONata that evaluates to the value. */
  code(name: string, ownItem = false): string {
    return this.written(this.reader.value(name) ?? null, `parameters.${name}`, this.reader.spec(name), ownItem);
  }

  condition(source: string, path: string): string {
    return this.expression(parseCondition(source), path, false);
  }

  /** Whole seconds, at least one. An expression is a loss, because this language takes durations only in seconds. */
  seconds(name: string): number {
    const text = this.word(name);
    const milliseconds = parseDuration(text);
    if (milliseconds === null) {
      this.reader.lose(
        name,
        `Step Functions waits for a number of seconds, which "${text.slice(0, 60)}" is not; set it by hand.`,
      );
      return 3600;
    }
    if (milliseconds % 1000 !== 0) this.reader.lose(name, 'Step Functions waits for whole seconds.');
    const seconds = Math.max(1, Math.round(milliseconds / 1000));
    if (seconds > MAX_WAIT_SECONDS)
      this.reader.lose(name, `Step Functions waits for ${MAX_WAIT_SECONDS} seconds at most.`);
    return Math.min(seconds, MAX_WAIT_SECONDS);
  }

  private stored(name: string): JsonValue {
    const value = this.reader.value(name) ?? null;
    const spec = this.reader.spec(name);
    return this.evaluated(value, `parameters.${name}`, spec);
  }

  private evaluated(value: JsonValue, path: string, spec: ParameterSpec | undefined): JsonValue {
    if (typeof value === 'string') {
      const dynamic = spec?.type === 'expression' || (spec?.verbatim !== true && value.includes('{{'));
      if (!dynamic) return /^\s*\{%/.test(value) ? evaluate(jsonataText(value)) : value;
      return evaluate(orNull(this.written(value, path, spec, false)));
    }
    if (Array.isArray(value)) return value.map((entry, index) => this.evaluated(entry, `${path}[${index}]`, undefined));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, this.evaluated(entry, `${path}.${key}`, undefined)]),
    );
  }

  private written(value: JsonValue, path: string, spec: ParameterSpec | undefined, ownItem: boolean): string {
    const inner = (entry: JsonValue, at: string): string => this.written(entry, at, undefined, ownItem);
    if (typeof value === 'string') {
      if (spec?.type === 'expression') {
        return this.expression(parseCondition(value), path, ownItem);
      }
      const template = new Template(value);
      const [sole] = template.expressions;
      if (spec?.verbatim || !sole) return jsonataText(value);
      if (template.soleExpression !== null) return this.expression(sole, path, ownItem);
      const parts: string[] = [];
      let from = 0;
      for (const expression of template.expressions) {
        const { start, end } = expression;
        if (start > from) parts.push(jsonataText(value.slice(from, start)));
        parts.push(`$string(${this.expression(expression, path, ownItem)})`);
        from = end;
      }
      if (from < value.length) parts.push(jsonataText(value.slice(from)));
      return `(${parts.join(' & ')})`;
    }
    if (Array.isArray(value)) return `[${value.map((entry, index) => inner(entry, `${path}[${index}]`)).join(', ')}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    const entries = Object.entries(value).map(
      ([key, entry]) => `${jsonataText(key)}: ${inner(entry, `${path}.${key}`)}`,
    );
    return `{${entries.join(', ')} }`;
  }

  private expression(parsed: ExpressionResult, path: string, ownItem: boolean): string {
    const result = translateExpression(parsed, jsonataDialect({ nodeIds: this.nodeIds, ownItem }));
    if (result.ok) return result.code;
    this.losses.add({
      nodeId: this.reader.node.id,
      path,
      message: `The expression "${parsed.source.slice(0, 80)}" ${result.reason}, so it is exported as text.`,
    });
    return jsonataText(parsed.source);
  }
}

export function evaluate(code: string): string {
  return `{% ${code} %}`;
}

/** A field whose expression evaluates to nothing would stop the machine. */
function orNull(code: string): string {
  return `($value := ${code}; $exists($value) ? $value : null)`;
}
