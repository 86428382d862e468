/** The settings of one step, as n8n stores them and as n8n code. */
import type { JsonValue } from '#libs/contracts';
import { Template } from '../../expressions/parse-template.js';
import { parseDuration } from '../../values/duration.js';
import type { LossList } from '../export-loss.js';
import type { ParameterReader } from '../parameter-reader.js';
import { type CodePlace, mapTexts, StepValues } from '../step-values.js';
import type { Dialect } from '../translate-expression.js';
import { type N8nPlace, n8nDialect, n8nText } from './n8n-expressions.js';

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1000],
] as const;

export class N8nValues extends StepValues {
  constructor(
    reader: ParameterReader,
    private readonly place: Omit<N8nPlace, 'missing' | keyof CodePlace>,
    losses: LossList,
  ) {
    super(reader, losses);
  }

  /** The value as n8n stores it: texts with expressions begin with `=`. */
  value(name: string): JsonValue {
    const value = this.reader.value(name) ?? '';
    if (this.reader.spec(name)?.type === 'expression') return `={{ ${this.code(name)} }}`;
    return mapTexts(value, `parameters.${name}`, (text, path) => this.stored(text, path));
  }

  /** Like `value`, for settings that are a single text. */
  text(name: string): string {
    const value = this.value(name);
    if (typeof value === 'string') return value;
    return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && !entry.startsWith('='))
      ? value.join(',')
      : `={{ ${this.code(name)} }}`;
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

  private stored(text: string, path: string): string {
    const { expressions, pieces } = new Template(text);
    if (expressions.length === 0) return text.startsWith('=') || text.includes('{{') ? `={{ ${n8nText(text)} }}` : text;
    const written = pieces.map((piece) =>
      typeof piece === 'string' ? plainPart(piece) : `{{ ${this.expression(piece, path, {})} }}`,
    );
    return `=${written.join('')}`;
  }

  protected override dialect(place: CodePlace, lose: (message: string) => void): Dialect {
    const missing = (what: string): void => lose(`n8n does not give "${what}"; choose another value there.`);
    return n8nDialect({ ...this.place, ...place, missing });
  }

  protected override literal(text: string): string {
    return n8nText(text);
  }

  protected override joined(pieces: readonly { readonly code: string }[]): string {
    return `[${pieces.map(({ code }) => code).join(', ')}].join('')`;
  }

  protected override object(entries: readonly { readonly name: string; readonly code: string }[]): string {
    // The space inside keeps two closing braces apart, which would end the surrounding expression.
    if (entries.length === 0) return '({ })';
    return `({ ${entries.map(({ name, code }) => `[${n8nText(name)}]: ${code}`).join(', ')} })`;
  }
}

/** Text between expressions: a single brace at its end would combine with the braces that follow. */
function plainPart(text: string): string {
  return text.replaceAll(/\{\{|\{$/g, (braces) => `{{ ${n8nText(braces)} }}`);
}
