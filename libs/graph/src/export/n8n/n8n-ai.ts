/** Language model steps in n8n: each is one message to a model. */
import { type N8nStep, named, one, type Write } from './n8n-step.js';
import type { N8nValues } from './n8n-values.js';

function ask(values: N8nValues, task: string): N8nStep {
  return one('openAi', {
    resource: 'text',
    operation: 'response',
    modelId: named(values.has('model') ? values.text('model') : 'gpt-5-mini', 'id'),
    responses: { values: [{ type: 'text', role: 'user', content: `={{ [${task}].join('\\n') }}` }] },
    simplify: true,
    options: {},
  });
}

const line = (values: N8nValues, label: string, name: string): string =>
  values.has(name) ? `, '${label}: ' + ${asText(values.code(name))}` : '';
const asText = (code: string): string =>
  `((value) => typeof value === 'string' ? value : JSON.stringify(value))(${code})`;
const words = (values: N8nValues): string => `, 'Write at most ' + ${values.code('maximumWords')} + ' words.'`;

export const N8N_AI: Readonly<Record<string, Write>> = {
  'ai.generate': (values) =>
    ask(values, `${asText(values.code('instructions'))}${line(values, 'Material', 'input')}${words(values)}`),
  'ai.classify': (values) =>
    ask(
      values,
      `'Answer with one of these words and nothing else: ' + (${values.code('categories')}).join(', ')${line(values, 'Text', 'input')}${line(values, 'How to tell them apart', 'instructions')}`,
    ),
  'ai.extract': (values) =>
    ask(
      values,
      `'Answer with one JSON object that has these fields, null where the text does not say: ' + JSON.stringify(${values.code('fields')})${line(values, 'Text', 'input')}`,
    ),
  'ai.summarise': (values) =>
    ask(
      values,
      `'Sum up the text. Form: ' + ${values.code('style')}${line(values, 'What matters', 'instructions')}${line(values, 'Text', 'input')}${words(values)}`,
    ),
  'ai.translate': (values) =>
    ask(
      values,
      `'Translate the text into ' + ${values.code('language')} + ', form of address: ' + ${values.code('tone')}${line(values, 'Text', 'input')}`,
    ),
};
