/**
 * Steps that need no program of their own: n8n-steps.json describes them.
 *
 * - A step has a `type` and its `settings`, or is chosen `by` a parameter from `steps`, `otherwise` another one.
 * - `"$text name"`, `"$value name"` and `"$word name"` stand for a parameter, `"$id"` for the id of the step, and an object
 *   with `$word` for what belongs to the parameter's value in it, or to `otherwise`.
 * - A key `setting?name` counts only where the parameter is set, `setting!name` only where it is not.
 * - `lose` names what is lost, with `%` for the parameter's text; a step with `nothing` does nothing, for that reason.
 */
import { type JsonValue, ownValue } from '#libs/contracts';
import type { N8nTypeName } from './n8n-facts.js';
import { type N8nStep, nothing, type Settings, type Write } from './n8n-step.js';
import templates from './n8n-steps.json' with { type: 'json' };
import type { N8nValues } from './n8n-values.js';

interface StepTemplate {
  readonly type: N8nTypeName;
  readonly settings?: Settings;
  readonly lose?: Readonly<Record<string, string>>;
  readonly nothing?: string;
}

interface Choice {
  readonly by: string;
  readonly steps: Readonly<Record<string, Template>>;
  readonly otherwise: Template;
}

type Template = StepTemplate | Choice;

export const N8N_TEMPLATES: Readonly<Record<string, Write>> = Object.fromEntries(
  Object.entries(templates as Readonly<Record<string, Template>>).map(([nodeType, template]) => [
    nodeType,
    (values) => stepOf(template, values),
  ]),
);

function stepOf(template: Template, values: N8nValues): N8nStep {
  if ('by' in template) {
    return stepOf(ownValue(template.steps, values.word(template.by)) ?? template.otherwise, values);
  }
  const { type, settings = {}, lose = {} } = template;
  if (template.nothing !== undefined) return { ...nothing(values, template.nothing), type };
  for (const [name, message] of applying(lose, values)) {
    values.reader.lose(
      name,
      message.replace('%', () => values.text(name).slice(0, 80)),
    );
  }
  return { type, settings: filledObject(settings, values) };
}

function filled(template: JsonValue, values: N8nValues): JsonValue {
  if (Array.isArray(template)) return template.map((entry) => filled(entry, values));
  if (typeof template === 'object' && template !== null) {
    const { $word: decider, ...known } = template;
    if (typeof decider !== 'string') return filledObject(template, values);
    return ownValue(known, values.word(decider)) ?? known.otherwise ?? null;
  }
  if (typeof template !== 'string' || !template.startsWith('$')) return template;
  const [how, name = ''] = template.slice(1).split(' ');
  if (how === 'id') return values.reader.node.id;
  if (how === 'word') return values.word(name);
  return how === 'text' ? values.text(name) : values.value(name);
}

function filledObject(template: Settings, values: N8nValues): Settings {
  return Object.fromEntries(applying(template, values).map(([name, entry]) => [name, filled(entry, values)]));
}

/** The entries that count, under their plain names. */
function applying<T>(entries: Readonly<Record<string, T>>, values: N8nValues): [name: string, entry: T][] {
  return Object.entries(entries).flatMap(([key, entry]): [string, T][] => {
    const [, name = key, sign, parameter = ''] = /^(\w+)([?!])(\w+)$/.exec(key) ?? [];
    return sign === undefined || values.has(parameter) === (sign === '?') ? [[name, entry]] : [];
  });
}
