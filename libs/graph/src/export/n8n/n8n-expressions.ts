/** Expressions in the JavaScript that n8n runs, inside `={{ … }}` and in its code steps. */
import { ownValue } from '#libs/contracts';
import type { GraphNode } from '../../graph-schema.js';
import type { GraphStructure } from '../../lint/graph-structure.js';
import { isTrigger } from '../../lint/graph-structure.js';
import type { CodePlace } from '../step-values.js';
import { type DataRead, type Dialect, functionsOf, Untranslatable, type WriteCall } from '../translate-expression.js';
import { N8N_OUTPUTS } from './n8n-facts.js';
import templates from './n8n-functions.json' with { type: 'json' };

/** `{{` and `}}` delimit an expression wherever they occur, so braces in texts are written as character codes. */
export function n8nText(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inside.replaceAll('{', '\\u007b').replaceAll('}', '\\u007d')}'`;
}

const number = (value: string): string => `Number(${value})`;
const field = (list: string, name: string | undefined): string =>
  name === undefined ? `(${list})` : `(${list}).map((entry) => entry[${name}])`;
const moment = (value: string): string => `DateTime.fromJSDate(new Date(${value}))`;
/** `'3d'`, `'1h30m'` and `'PT15M'` in the form that Luxon accepts. */
const span = (value: string): string =>
  `(/^P/.test(${value}) ? Duration.fromISO(${value}) : Duration.fromMillis([...String(${value}).matchAll(/([\\d.]+)(ms|s|m|h|d|w)/g)].reduce((sum, part) => sum + part[1] * ({ ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000, w: 604800000 } )[part[2]], 0)))`;

const FUNCTIONS: Readonly<Record<string, WriteCall>> = {
  ...functionsOf(templates),
  join: (a, b = "','") => `(${a}).join(${b})`,
  slice: (a, b, c) => `(${a}).slice(${b}${c === undefined ? '' : `, ${c}`})`,
  pluck: (a, b) => field(a ?? '', b),
  sort: (a, b) =>
    `[...(${a})].sort((one, other) => ${b === undefined ? '(one > other) - (one < other)' : `(one[${b}] > other[${b}]) - (one[${b}] < other[${b}])`})`,
  sum: (a, b) => `${field(a ?? '', b)}.reduce((sum, value) => sum + Number(value), 0)`,
  average: (a, b) =>
    `((list) => list.reduce((sum, value) => sum + Number(value), 0) / list.length)(${field(a ?? '', b)})`,
  number: (a) => number(a ?? ''),
  round: (a, b = '0') => `Number(Number(${a}).toFixed(${b}))`,
  min: (...all) => `Math.min(${all.join(', ')})`,
  max: (...all) => `Math.max(${all.join(', ')})`,
  coalesce: (...all) => `(${all.join(' ?? ')})`,
  date: (a) => moment(a ?? ''),
  formatDate: (a, b, zone) => `${moment(a ?? '')}${zone === undefined ? '' : `.setZone(${zone})`}.toFormat(${b})`,
  addDuration: (a, b) => `${moment(a ?? '')}.plus(${span(b ?? '')})`,
  subtractDuration: (a, b) => `${moment(a ?? '')}.minus(${span(b ?? '')})`,
  daysBetween: (a, b) => `${moment(b ?? '')}.diff(${moment(a ?? '')}, 'days').days`,
};

export interface N8nPlace extends CodePlace {
  readonly node: GraphNode;
  readonly structure: GraphStructure;
  /** The n8n name of each step. */
  readonly names: ReadonlyMap<string, string>;
  /** The step whose output reaches this node directly, if it is the only one. */
  readonly previous: GraphNode | null;
  /** Several paths have joined before the step, so that n8n cannot pair items. */
  readonly joined: boolean;
  /** Called for each piece of data that n8n does not have. */
  readonly missing: (what: string) => void;
}

export function n8nDialect(place: N8nPlace): Dialect {
  return {
    literal: (value) => (typeof value === 'string' ? n8nText(value) : String(value)),
    read: (read) => readData(read, place),
    at: (object, key) => `${object}?.[${key}]`,
    list: (items) => `[${items.join(', ')}]`,
    unary: (operator, value) => `(${operator}(${value}))`,
    binary: (operator, left, right) => `(${left} ${operator} ${right})`,
    choice: (test, yes, no) => `(${test} ? ${yes} : ${no})`,
    call: (name, values) => {
      const known = ownValue(FUNCTIONS, name);
      if (!known) throw new Untranslatable(`calls "${name}", which n8n does not have`);
      return known(...values);
    },
  };
}

function readData(read: DataRead, place: N8nPlace): string {
  switch (read.root) {
    case 'now':
      return pathOf('$now', read.path);
    case 'settings':
      return pathOf('$vars', read.path);
    case 'item':
    case 'index': {
      if (place.ownItem) return pathOf(read.root, read.path);
      const loop = innermostLoop(place.node.id, place.structure);
      if (!loop) return read.root === 'item' ? pathOf('$json', read.path) : '$itemIndex';
      return pathOf(
        `${called(place.names.get(loop))}.${place.inCode ? 'first()' : 'item'}.json.${read.root}`,
        read.path,
      );
    }
    case 'error': {
      const handlers = place.structure.errorHandlers.filter(
        ({ id }) => id === place.node.id || place.structure.comesBefore(id, place.node.id),
      );
      const handler = handlers[0];
      if (!handler) throw new Untranslatable('reads "error" where no error handler comes before');
      return pathOf(`${called(place.names.get(handler.id))}.first().json`, read.path);
    }
    case 'trigger': {
      const before = place.structure.triggers.filter(({ id }) => place.structure.comesBefore(id, place.node.id));
      const sources = before.length > 0 ? before : place.structure.triggers;
      const [first, ...others] = sources;
      if (!first) throw new Untranslatable('reads "trigger", and there is none');
      return others.reduceRight(
        (rest, trigger) =>
          `(${called(place.names.get(trigger.id))}.isExecuted ? ${readNode(trigger, read.path, place)} : ${rest})`,
        readNode(first, read.path, place),
      );
    }
    case 'nodes': {
      const node = place.structure.nodesById.get(read.nodeId ?? '');
      if (!node) throw new Untranslatable(`reads the step "${read.nodeId}", which does not exist`);
      return readNode(node, read.path, place);
    }
  }
}

function readNode(node: GraphNode, path: readonly string[], place: N8nPlace): string {
  const name = called(place.names.get(node.id));
  const [first, ...rest] = path;
  const table = ownValue(N8N_OUTPUTS, node.type) ?? {};
  const elsewhere =
    first === undefined
      ? undefined
      : (ownValue(table, first) ?? (Object.hasOwn(table, first) ? null : ownValue(table, '<field>')));
  if (elsewhere === null) place.missing(`${isTrigger(node) ? 'trigger' : `nodes.${node.id}`}.${first}`);
  if (typeof elsewhere === 'string' && elsewhere.includes('%')) {
    return pathOf(
      elsewhere.replaceAll('%', () => name).replace('.@', () => pathOf('', [first ?? ''])),
      rest,
    );
  }
  const inside = typeof elsewhere === 'string' ? `.${elsewhere}` : pathOf('', path.slice(0, 1));
  const { structure } = place;
  const body = [...structure.loopBodies.values()].find((ids) => ids.has(node.id));
  if (body && !body.has(place.node.id)) {
    return `${name}.all().map((entry) => entry.json${inside}${pathOf('', rest)})`;
  }
  if (place.previous?.id === node.id && !place.inCode) return pathOf(`$json${inside}`, rest);
  const item = place.joined || place.inCode ? 'first()' : 'item';
  return pathOf(`${name}.${item}.json${inside}`, rest);
}

/** The smallest loop that contains the step. */
export function innermostLoop(id: string, structure: GraphStructure): string | null {
  const around = [...structure.loopBodies].filter(([, body]) => body.has(id));
  return around.toSorted(([, one], [, other]) => one.size - other.size)[0]?.[0] ?? null;
}

function called(name: string | undefined): string {
  return `$(${n8nText(name ?? '')})`;
}

function pathOf(start: string, path: readonly string[]): string {
  return path.reduce((code, key) => {
    if (/^[A-Za-z_$][\w$]*$/.test(key)) return code === '' ? `.${key}` : `${code}.${key}`;
    return `${code}[${/^\d{1,9}$/.test(key) ? key : n8nText(key)}]`;
  }, start);
}
