/** The settings of one step, as values and as Step Functions code. */
import type { JsonValue } from '#libs/contracts';
import type { ParameterSpec } from '../../catalog/node-type.js';
import { parseDuration } from '../../values/duration.js';
import type { LossList } from '../export-loss.js';
import type { ParameterReader } from '../parameter-reader.js';
import { type CodePlace, mapTexts, StepValues } from '../step-values.js';
import type { Dialect } from '../translate-expression.js';
import { MAX_WAIT_SECONDS } from './asl-facts.js';
import { jsonataDialect, jsonataText } from './jsonata.js';

export class AslValues extends StepValues {
  constructor(
    reader: ParameterReader,
    private readonly nodeIds: ReadonlySet<string>,
    losses: LossList,
  ) {
    super(reader, losses);
  }

  /** All settings given, with expressions to be evaluated. */
  all(): Record<string, JsonValue> {
    return Object.fromEntries(Object.keys(this.reader.node.parameters).map((name) => [name, this.stored(name)]));
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
    const top = `parameters.${name}`;
    const spec = this.reader.spec(name);
    return mapTexts(this.reader.value(name) ?? null, top, (text, path) =>
      this.evaluated(text, path, path === top ? spec : undefined),
    );
  }

  private evaluated(text: string, path: string, spec: ParameterSpec | undefined): string {
    const dynamic = spec?.type === 'expression' || (spec?.verbatim !== true && text.includes('{{'));
    if (!dynamic) return /^\s*\{%/.test(text) ? evaluate(jsonataText(text)) : text;
    return evaluate(orNull(this.written(text, path, {}, spec)));
  }

  protected override dialect({ ownItem = false }: CodePlace): Dialect {
    return jsonataDialect({ nodeIds: this.nodeIds, ownItem });
  }

  protected override literal(text: string): string {
    return jsonataText(text);
  }

  protected override joined(pieces: readonly { readonly code: string; readonly isText: boolean }[]): string {
    return `(${pieces.map(({ code, isText }) => (isText ? code : `$string(${code})`)).join(' & ')})`;
  }

  protected override object(entries: readonly { readonly name: string; readonly code: string }[]): string {
    return `{${entries.map(({ name, code }) => `${jsonataText(name)}: ${code}`).join(', ')} }`;
  }
}

export function evaluate(code: string): string {
  return `{% ${code} %}`;
}

/** A field whose expression evaluates to nothing would stop the machine. */
function orNull(code: string): string {
  return `($value := ${code}; $exists($value) ? $value : null)`;
}
