/**
 * Expressions in JSONata, which Step Functions evaluates. Everything that a step may read travels in the input of its state
 * (`trigger`, `nodes`, `item`, `error` …), so a value that a skipped path would have set is simply absent.
 */
import { ownValue } from '#libs/contracts';
import { parseDuration } from '../../values/duration.js';
import { type DataRead, type Dialect, functionsOf, Untranslatable, type WriteCall } from '../translate-expression.js';
import templates from './jsonata-functions.json' with { type: 'json' };

/** `%}` ends an expression, so a percent sign inside a text is written as its character code. */
export function jsonataText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('%', '\\u0025');
}

export interface JsonataPlace {
  readonly nodeIds: ReadonlySet<string>;
  /** Inside a function over a list, which names its own item and index. */
  readonly ownItem: boolean;
}

export function jsonataDialect(place: JsonataPlace): Dialect {
  return {
    literal: (value) => (typeof value === 'string' ? jsonataText(value) : String(value)),
    read: (read) => readData(read, place),
    at: (object, key) =>
      /^\d+$/.test(key)
        ? `(${object})[${key}]`
        : key.startsWith('"')
          ? `$lookup(${object}, ${key})`
          : `(function($o, $k) { $type($k) = "number" ? $o[$k] : $lookup($o, $k) })(${object}, ${key})`,
    list: (items) => `[${items.join(', ')}]`,
    unary: (operator, value) =>
      operator === '!' ? `$not(${value})` : operator === '-' ? `(-(${value}))` : `$number(${value})`,
    binary: writeBinary,
    choice: (test, yes, no) => `(${test} ? ${yes} : ${no})`,
    call: (name, values) => {
      const known = ownValue(FUNCTIONS, name);
      if (!known) throw new Untranslatable(`calls "${name}", which JSONata does not have`);
      return known(...values);
    },
  };
}

function readData({ root, nodeId, path }: DataRead, place: JsonataPlace): string {
  switch (root) {
    case 'now':
      return pathOf('$now()', path);
    case 'item':
    case 'index':
      return pathOf(place.ownItem ? `$${root}` : `$states.input.${root}`, path);
    case 'nodes':
      if (!place.nodeIds.has(nodeId ?? ''))
        throw new Untranslatable(`reads the step "${nodeId}", which does not exist`);
      return pathOf('$states.input.nodes', [nodeId ?? '', ...path]);
    default:
      return pathOf(`$states.input.${root}`, path);
  }
}

function pathOf(start: string, path: readonly string[]): string {
  return path.reduce((code, key) => {
    if (/^\d{1,9}$/.test(key)) return `${code}[${key}]`;
    return /^[A-Za-z][A-Za-z0-9_]*$/.test(key) && !WORDS.has(key)
      ? `${code}.${key}`
      : `$lookup(${code}, ${jsonataText(key)})`;
  }, start);
}

/** JSONata operators that are words. */
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

const OPERATORS: Readonly<Record<string, string>> = { '||': 'or', '&&': 'and', '==': '=', '===': '=', '!==': '!=' };

function writeBinary(operator: string, left: string, right: string): string {
  if (operator === '??') return FUNCTIONS.coalesce?.(left, right) ?? '';
  if (operator === '+') {
    return `(function($l, $r) { $type($l) = "number" and $type($r) = "number" ? $l + $r : $string($l) & $string($r) })(${left}, ${right})`;
  }
  return `(${left} ${ownValue(OPERATORS, operator) ?? operator} ${right})`;
}

/** The text of a literal, where JSONata accepts nothing else. */
function literally(code: string | undefined, what: string): string {
  if (!code?.startsWith('"')) throw new Untranslatable(`needs ${what} that is written out`);
  return JSON.parse(code) as string;
}

function regex(code: string | undefined): string {
  const pattern = literally(code, 'a pattern');
  try {
    const { source } = new RegExp(pattern);
    if (/[\n\r\u2028\u2029]|%/.test(source)) throw new Untranslatable('has a pattern that JSONata cannot hold');
    return `/${source}/`;
  } catch (error) {
    if (error instanceof Untranslatable) throw error;
    throw new Untranslatable('has a pattern that is none');
  }
}

function milliseconds(code: string | undefined): number {
  const duration = parseDuration(literally(code, 'a duration'));
  if (duration === null) throw new Untranslatable('has a duration that is none');
  return duration;
}

const PICTURE: readonly (readonly [string, string])[] = [
  ['yyyy', '[Y0001]'],
  ['MM', '[M01]'],
  ['dd', '[D01]'],
  ['HH', '[H01]'],
  ['mm', '[m01]'],
  ['ss', '[s01]'],
];

function picture(code: string | undefined): string {
  let written = literally(code, 'a format');
  for (const [ours, theirs] of PICTURE) written = written.replaceAll(ours, theirs);
  if (/[A-Za-z]/.test(written.replaceAll(/\[\w+\]/g, '')))
    throw new Untranslatable('has a format that JSONata does not have');
  return jsonataText(written);
}

const field = (list: string | undefined, name: string | undefined): string =>
  name === undefined ? `${list}` : `$map(${list}, function($v) { $lookup($v, ${name}) })`;

const FUNCTIONS: Readonly<Record<string, WriteCall>> = {
  ...functionsOf(templates),
  matches: (a, b) => `$contains(${a}, ${regex(b)})`,
  join: (a, b = '","') => `$join(${a}, ${b})`,
  slice: (a, b, c) =>
    c === undefined
      ? `(function($v, $f) { $type($v) = "string" ? $substring($v, $f) : $filter($v, function($x, $i) { $i >= $f }) })(${a}, ${b})`
      : `(function($v, $f, $t) { $type($v) = "string" ? $substring($v, $f, $t - $f) : $filter($v, function($x, $i) { $i >= $f and $i < $t }) })(${a}, ${b}, ${c})`,
  pluck: (a, b) => field(a, b),
  sort: (a, b) =>
    b === undefined ? `$sort(${a})` : `$sort(${a}, function($l, $r) { $lookup($l, ${b}) > $lookup($r, ${b}) })`,
  sum: (a, b) => `$sum(${field(a, b)})`,
  average: (a, b) => `$average(${field(a, b)})`,
  round: (a, b = '0') => `$round(${a}, ${b})`,
  min: (...all) => `$min([${all.join(', ')}])`,
  max: (...all) => `$max([${all.join(', ')}])`,
  coalesce: (...all) => `([${all.join(', ')}][$ != null][0])`,
  formatDate: (a, b, zone) => {
    if (zone !== undefined) throw new Untranslatable('formats a date in a time zone, which JSONata does not');
    return `$fromMillis($toMillis(${a}), ${picture(b)})`;
  },
  addDuration: (a, b) => `$fromMillis($toMillis(${a}) + ${milliseconds(b)})`,
  subtractDuration: (a, b) => `$fromMillis($toMillis(${a}) - ${milliseconds(b)})`,
};
