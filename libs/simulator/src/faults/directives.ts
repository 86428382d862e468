/**
 * The faults that a prompt may request with `[[sim: name=value param=number …]]`. This table defines their names,
 * parameters and defaults; the README repeats it, and a test compares the two.
 */
interface DirectiveSpec {
  /** Meaning and default of the value after the name, e.g. `429` in `status=429`. When absent, the directive takes no value. */
  value?: { default?: number };
  params: Record<string, number | undefined>;
  /**
   * How often the fault occurs: once where a client can retry, always where the directive shapes the answer. Counted per
   * prompt and directive in the memory of the process.
   */
  times: number;
  meaning: string;
}

export const directiveSpecs = {
  status: {
    value: {},
    params: { 'retry-after': undefined, 'retry-after-ms': undefined },
    times: 1,
    meaning: 'answers with this HTTP status instead of an answer',
  },
  cut: { params: { after: 0 }, times: 1, meaning: 'resets the connection after that many deltas' },
  eof: {
    params: { after: 0 },
    times: 1,
    meaning: 'ends the response cleanly after that many deltas, without a completion event',
  },
  silent: {
    params: { after: 0 },
    times: 1,
    meaning: 'says nothing more after that many deltas, with the connection open',
  },
  error: { params: { after: 0 }, times: 1, meaning: 'sends an error event after that many deltas' },
  'malformed-arguments': {
    params: {},
    times: 1,
    meaning: 'sends broken JSON as the arguments of the first tool call',
  },
  'unknown-tool': { params: {}, times: 1, meaning: 'calls a tool that does not exist instead of the first one' },
  'unknown-node-type': { params: {}, times: 1, meaning: 'adds a node of a type that does not exist' },
  'never-valid': {
    params: {},
    times: Number.POSITIVE_INFINITY,
    meaning: 'builds a graph with an error and repairs it when it is asked for the `times`th time',
  },
  text: {
    value: {},
    params: {},
    times: Number.POSITIVE_INFINITY,
    meaning: 'sends that many text deltas ` #1`, ` #2`, … before the usual text',
  },
  oversize: {
    params: { bytes: 5_000_000, chunk: 16_384 },
    times: Number.POSITIVE_INFINITY,
    meaning: 'sends that many bytes of text, `chunk` bytes a delta, before the usual text',
  },
  refuse: {
    params: {},
    times: Number.POSITIVE_INFINITY,
    meaning: 'refuses to answer (a refusal, finish reason content-filter)',
  },
  length: {
    params: { after: 20 },
    times: Number.POSITIVE_INFINITY,
    meaning: 'ends after that many deltas as incomplete (max_output_tokens)',
  },
  drip: {
    params: { ms: 500 },
    times: Number.POSITIVE_INFINITY,
    meaning: 'sends one delta every so many milliseconds',
  },
  tps: { value: {}, params: {}, times: Number.POSITIVE_INFINITY, meaning: 'sends that many deltas a second' },
  call: { value: {}, params: {}, times: Number.POSITIVE_INFINITY, meaning: 'restricts all directives to that call' },
} satisfies Record<string, DirectiveSpec>;

export type DirectiveName = keyof typeof directiveSpecs;

export interface Directive {
  name: DirectiveName;
  /** The directive as written, without the brackets. */
  raw: string;
  value: number;
  params: Readonly<Record<string, number | undefined>>;
  times: number;
  /** Applies only to this model call of the run (1 = first), or to title requests; when absent, to any call of the run. */
  call: number | 'title' | undefined;
}

export class UnknownDirective extends Error {}

const pattern = /\[\[\s*sim:([^[\]]*)\]\]/giu;

/** The prompt without its directives. */
export function stripDirectives(prompt: string): string {
  return prompt
    .replace(pattern, ' ')
    .replace(/[ \t]{2,}/g, ' ')
    .trim();
}

/**
 * The directives of a prompt, in order.
 *
 * @throws UnknownDirective for an unknown name, parameter or value, so that a typing error in a test is noticed.
 */
export function parseDirectives(prompt: string): Directive[] {
  const parsed = [...prompt.matchAll(pattern)].map((match) => parseDirective((match[1] ?? '').trim()));
  const everywhere = parsed.findLast((directive) => directive.name === 'call');
  return parsed
    .filter((directive) => directive.name !== 'call')
    .map((directive) => {
      // Huge texts in every call of a run would obscure what is tested, so they occur once per run by default.
      const first = directive.name === 'text' || directive.name === 'oversize' ? 1 : undefined;
      return { ...directive, call: directive.call ?? everywhere?.value ?? first };
    });
}

function parseDirective(raw: string): Directive {
  const [head = '', ...rest] = raw.split(/\s+/u);
  const [name = '', value] = head.toLowerCase().split('=');
  if (!Object.hasOwn(directiveSpecs, name)) {
    throw new UnknownDirective(
      `Unknown simulator directive '${name}'. Known are: ${Object.keys(directiveSpecs).join(', ')}.`,
    );
  }
  const spec: DirectiveSpec = directiveSpecs[name as DirectiveName];
  const directive = {
    name: name as DirectiveName,
    raw,
    value: 0,
    times: spec.times,
    call: undefined as Directive['call'],
  };
  if (spec.value !== undefined) {
    directive.value = number(value ?? spec.value.default?.toString(), raw);
  } else if (value !== undefined) {
    throw new UnknownDirective(`The simulator directive '${name}' takes no value.`);
  }
  const params = new Map<string, number | undefined>(Object.entries(spec.params));
  for (const pair of rest) {
    const [key = '', text] = pair.toLowerCase().split('=');
    if (key === 'times') directive.times = number(text, raw);
    else if (key === 'call') directive.call = text === 'title' ? 'title' : number(text, raw);
    else if (Object.hasOwn(spec.params, key)) params.set(key, number(text, raw));
    else throw new UnknownDirective(`The simulator directive '${name}' has no parameter '${key}'.`);
  }
  return { ...directive, params: Object.fromEntries(params) };
}

function number(text: string | undefined, raw: string): number {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isFinite(value) || value < 0 || value > 100_000_000) {
    throw new UnknownDirective(`The simulator directive '${raw}' needs a number from 0 to 100,000,000.`);
  }
  return value;
}
