import { describe, expect, it } from 'vitest';
import { edgeIdOf } from '../../edit/edge-id.js';
import type { WorkflowGraph } from '../../graph-schema.js';
import { lintGraph } from '../lint-graph.js';

function sending(text: string, label = 'Tell the team'): WorkflowGraph {
  const position = { x: 0, y: 0 };
  return {
    nodes: [
      { id: 'start', type: 'trigger.schedule', label: 'Monday', parameters: { cron: '0 8 * * 1' }, position },
      { id: 'tell', type: 'action.slack', label, parameters: { channel: '#a', text }, position },
    ],
    edges: [{ id: edgeIdOf('start', null, 'tell'), source: 'start', target: 'tell', branch: null }],
  };
}

const findings = (graph: WorkflowGraph) => lintGraph(graph).map(({ code, path }) => `${code} ${path}`);

describe('placeholders', () => {
  it.each([
    'TODO',
    'TODO:',
    'tbd',
    'YOUR_API_URL',
    'your-channel',
    '#your-channel',
    'https://your-domain.com/orders',
    'you@your-company.com',
    'REPLACE_ME',
    'xxx',
    'https://hooks.acme.io/services/T00/xxxxxxxx',
    '[Your Name]',
    'Best regards, [Your Name]',
    'Dear [name], your order is on its way.',
    'Send it to YOUR_CHANNEL today',
    '<CHANNEL_ID>',
    '...',
    'Lorem ipsum dolor sit amet',
    `\${API_URL}`,
  ])('are an error in %j', (text) => {
    expect(findings(sending(text))).toEqual(['UNRESOLVED_PLACEHOLDER parameters.text']);
  });

  it.each([
    'TODO: call the customer',
    'Super Bowl XXX',
    'Call +49 xxx 555 first',
    'Open the your-orders tab',
    'Text without lorem ipsum',
  ])('may be meant as it stands in %j, which only warns', (text) => {
    expect(findings(sending(text))).toEqual(['POSSIBLE_PLACEHOLDER parameters.text']);
  });

  it.each([
    'My todo list',
    'Size XXL',
    '<b>Hello</b> <@U123>',
    'Is this your order?',
    '[1] first',
    'Wait...',
    'See the [link](https://acme.io/orders) for more',
    'Write an [email](mailto:help@acme.io)',
    'The [date][1] of the order',
    '[Your account](https://acme.io/me)',
    'https://acme.io/your-account',
    'See https://acme.io/shop/your-orders for more',
    'Ask {{ nodes.start.your_name }}',
  ])('are not found in %j', (text) => {
    expect(findings(sending(text))).toEqual([]);
  });

  it('are found in labels, alone as an error, in a sentence as a warning', () => {
    expect(findings(sending('Hello', 'TODO'))).toEqual(['UNRESOLVED_PLACEHOLDER label']);
    expect(findings(sending('Hello', 'TODO: say hello'))).toEqual(['POSSIBLE_PLACEHOLDER label']);
  });
});
