// Deliberately long: one defect for each code of the linter, next to the graph that has none.
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '#libs/contracts';
import { edgeIdOf } from '../edit/edge-id.js';
import type { GraphEdge, GraphNode, WorkflowGraph } from '../graph-schema.js';
import { GRAPH_ISSUE_CODES, type GraphIssueCode } from './issue-codes.js';
import { hasErrors, lintGraph, MAX_ISSUES } from './lint-graph.js';

type Parameters = Record<string, JsonValue>;

function node(id: string, type: string, parameters: Parameters = {}, label = `Label of ${id}`): GraphNode {
  return { id, type, label, parameters, position: { x: 0, y: 0 } };
}

function edge(source: string, target: string, branch: string | null = null): GraphEdge {
  return { id: edgeIdOf(source, branch, target), source, target, branch };
}

const slack = (text = 'Hello'): Parameters => ({ channel: '#orders', text });

/** Uses every construct, without a single finding. */
function goodGraph(): WorkflowGraph {
  return {
    nodes: [
      node('start', 'trigger.webhook', { source: 'shop' }),
      node('score', 'action.http', {
        method: 'POST',
        url: 'https://score.acme.io/check',
        body: { id: '{{ trigger.body.id }}' },
      }),
      node('large', 'logic.if', { condition: 'nodes.score.body.risk > 0.5 && trigger.body.amount >= 100' }),
      node('ask', 'logic.approval', { message: 'Accept {{ trigger.body.id }}?' }),
      node('route', 'logic.switch', {
        value: 'trigger.body.kind',
        cases: ['goods', { name: 'service', when: 'trigger.body.hours > 0' }],
      }),
      node('rows', 'logic.forEach', { items: 'trigger.body.rows' }),
      node('save', 'action.database', {
        operation: 'insert',
        table: 'rows',
        values: { name: '{{ item.name }}', n: '{{ index }}' },
      }),
      node('report', 'action.email', {
        to: 'ops@acme.io',
        subject: '{{ length(nodes.save) }} rows',
        body: '{{ nodes.rows.count }}',
      }),
      node('pause', 'logic.wait', { mode: 'webhook', timeout: '15m' }),
      node('late', 'action.slack', slack('Nothing came.')),
      node('join', 'logic.merge'),
      node('answer', 'logic.respond', { body: { ok: true } }),
      node('refuse', 'logic.stop', { outcome: 'failure', message: 'Refused.' }),
      node('failed', 'logic.errorHandler', { watch: ['score'] }),
      node('alarm', 'action.sms', { to: '+4915112345678', text: '{{ error.message }} ({{ trigger.body.id }})' }),
    ],
    edges: [
      edge('start', 'score'),
      edge('score', 'large'),
      edge('large', 'ask', 'true'),
      edge('large', 'route', 'false'),
      edge('ask', 'route', 'approved'),
      edge('ask', 'refuse', 'rejected'),
      edge('route', 'rows', 'goods'),
      edge('route', 'pause', 'service'),
      edge('route', 'refuse', 'default'),
      edge('rows', 'save', 'each'),
      edge('save', 'rows'),
      edge('rows', 'report', 'done'),
      edge('pause', 'join', 'received'),
      edge('pause', 'late', 'timedOut'),
      edge('report', 'join'),
      edge('join', 'answer'),
      edge('failed', 'alarm'),
    ],
  };
}

interface Change {
  add?: GraphNode[];
  connect?: GraphEdge[];
  disconnect?: [string, string][];
  set?: Record<string, Parameters>;
  label?: Record<string, string>;
}

function changed({ add = [], connect = [], disconnect = [], set = {}, label = {} }: Change): WorkflowGraph {
  const graph = goodGraph();
  return {
    nodes: [...graph.nodes, ...add].map((item) => ({
      ...item,
      label: label[item.id] ?? item.label,
      parameters: { ...item.parameters, ...set[item.id] },
    })),
    edges: [
      ...graph.edges.filter((item) => !disconnect.some(([from, to]) => item.source === from && item.target === to)),
      ...connect,
    ],
  };
}

function only(...ids: string[]): WorkflowGraph {
  const graph = goodGraph();
  return {
    nodes: graph.nodes.filter((item) => ids.includes(item.id)),
    edges: graph.edges.filter((item) => ids.includes(item.source) && ids.includes(item.target)),
  };
}

const scheduled = (...behind: GraphNode[]): WorkflowGraph => ({
  nodes: [node('start', 'trigger.schedule', { cron: '0 8 * * 1' }), ...behind],
  edges: behind.map((item, index) => edge(behind[index - 1]?.id ?? 'start', item.id)),
});

interface Defect {
  graph: WorkflowGraph;
  at: { nodeId?: string; edgeId?: string; path?: string };
  says: RegExp;
}

/** One defect for each code; the finding must be the only one. */
const defects: Record<GraphIssueCode, Defect> = {
  EMPTY_GRAPH: { graph: { nodes: [], edges: [] }, at: {}, says: /no nodes/ },
  NO_TRIGGER: { graph: { nodes: [node('a', 'action.slack', slack())], edges: [] }, at: {}, says: /Add one trigger/ },
  MULTIPLE_TRIGGERS: {
    graph: changed({
      add: [node('daily', 'trigger.schedule', { cron: '0 8 * * *' })],
      connect: [edge('daily', 'score')],
    }),
    at: { nodeId: 'daily' },
    says: /"Label of daily" is a second trigger besides "Label of start"/,
  },
  TRIGGER_WITH_INPUT: {
    graph: changed({ connect: [edge('late', 'start')] }),
    at: { nodeId: 'start' },
    says: /Remove the edge from late/,
  },
  LEADS_NOWHERE: {
    graph: changed({
      disconnect: [['failed', 'alarm']],
      connect: [edge('late', 'alarm')],
      set: { alarm: { text: 'x' } },
    }),
    at: { nodeId: 'failed' },
    says: /error handler "Label of failed"/,
  },
  DUPLICATE_ID: {
    graph: changed({ add: [node('late', 'action.slack', slack())] }),
    at: { nodeId: 'late' },
    says: /"late"/,
  },
  DANGLING_EDGE: {
    graph: changed({ connect: [edge('late', 'ghost')] }),
    at: { edgeId: edgeIdOf('late', null, 'ghost') },
    says: /"ghost", which does not exist/,
  },
  SELF_EDGE: {
    graph: changed({ connect: [edge('late', 'late')] }),
    at: { edgeId: edgeIdOf('late', null, 'late') },
    says: /leads to itself/,
  },
  DUPLICATE_EDGE: {
    graph: changed({ connect: [{ ...edge('start', 'score'), id: 'again' }] }),
    at: { edgeId: 'again' },
    says: /twice/,
  },
  EDGE_FROM_TERMINAL: {
    graph: changed({ connect: [edge('refuse', 'late')] }),
    at: { edgeId: edgeIdOf('refuse', null, 'late') },
    says: /ends the workflow/,
  },
  UNKNOWN_BRANCH: {
    graph: changed({ connect: [edge('large', 'late', 'maybe')] }),
    at: { edgeId: edgeIdOf('large', 'maybe', 'late') },
    says: /"maybe", which does not exist. Use one of: true and false/,
  },
  UNCONNECTED_BRANCH: {
    graph: changed({ set: { route: { cases: ['goods', 'service', 'licence'] } } }),
    at: { nodeId: 'route', path: 'branches.licence' },
    says: /branch "licence" of "Label of route" leads nowhere/,
  },
  BRANCH_ENDS: {
    graph: changed({ disconnect: [['route', 'refuse']] }),
    at: { nodeId: 'route', path: 'branches.default' },
    says: /ends at the branch "default"/,
  },
  AMBIGUOUS_BRANCH: {
    graph: changed({ set: { route: { cases: ['goods', 'service', 'goods'] } } }),
    at: { nodeId: 'route', path: 'parameters.cases[2]' },
    says: /"goods" is used twice/,
  },
  UNREACHABLE_NODE: {
    graph: changed({ add: [node('lost', 'action.slack', slack())] }),
    at: { nodeId: 'lost' },
    says: /No path leads to "Label of lost"/,
  },
  CYCLE_OUTSIDE_LOOP: {
    graph: changed({ connect: [edge('late', 'score')] }),
    at: { nodeId: 'score' },
    says: /without end/,
  },
  MERGE_WITHOUT_PATHS: {
    graph: changed({ disconnect: [['report', 'join']] }),
    at: { nodeId: 'join' },
    says: /only one path/,
  },
  NOTHING_TO_ANSWER: {
    graph: scheduled(node('answer', 'logic.respond', { body: 'ok' })),
    at: { nodeId: 'answer' },
    says: /"Label of start" has none/,
  },
  UNKNOWN_NODE_TYPE: {
    graph: changed({ add: [node('odd', 'action.sendSlackMessage')], connect: [edge('late', 'odd')] }),
    at: { nodeId: 'odd' },
    says: /Did you mean action\.slack/,
  },
  MISSING_PARAMETER: {
    graph: changed({ set: { late: { channel: ' ' } } }),
    at: { nodeId: 'late', path: 'parameters.channel' },
    says: /"Label of late": the parameter "channel" is missing.*#billing/,
  },
  WRONG_PARAMETER_TYPE: {
    graph: changed({ set: { pause: { timeout: 'soon' } } }),
    at: { nodeId: 'pause', path: 'parameters.timeout' },
    says: /must be a duration/,
  },
  UNKNOWN_PARAMETER: {
    graph: changed({ set: { late: { chanel: '#x' } } }),
    at: { nodeId: 'late', path: 'parameters.chanel' },
    says: /Available: .*channel/,
  },
  INVALID_EXPRESSION: {
    graph: changed({ set: { late: { text: 'Total {{ 1 + }}' } } }),
    at: { nodeId: 'late', path: 'parameters.text' },
    says: /"1 \+" in "text" does not parse/,
  },
  UNKNOWN_REFERENCE: {
    graph: changed({ set: { late: { text: '{{ nodes.ghost.id }}' } } }),
    at: { nodeId: 'late', path: 'parameters.text' },
    says: /"ghost", which does not exist/,
  },
  REFERENCE_NOT_BEFORE: {
    graph: changed({ set: { score: { body: { risk: '{{ nodes.late.link }}' } } } }),
    at: { nodeId: 'score', path: 'parameters.body.risk' },
    says: /does not come before it/,
  },
  SETTING_NEEDED: {
    graph: changed({ set: { score: { url: '{{ settings.scoringUrl }}' } } }),
    at: { nodeId: 'score', path: 'parameters.url' },
    says: /"scoringUrl"/,
  },
  UNRESOLVED_PLACEHOLDER: {
    graph: changed({ set: { late: { channel: '<your-channel>' } } }),
    at: { nodeId: 'late', path: 'parameters.channel' },
    says: /settings\.<name>/,
  },
  POSSIBLE_PLACEHOLDER: {
    graph: changed({ set: { late: { text: 'TODO: call the customer' } } }),
    at: { nodeId: 'late', path: 'parameters.text' },
    says: /reads like a placeholder/,
  },
  EXAMPLE_ADDRESS: {
    graph: changed({ set: { report: { to: 'boss@example.com' } } }),
    at: { nodeId: 'report', path: 'parameters.to' },
    says: /example domain/,
  },
  SECRET_IN_PARAMETER: {
    graph: changed({ set: { late: { text: `Use sk-${'a1B2'.repeat(8)}` } } }),
    at: { nodeId: 'late', path: 'parameters.text' },
    says: /"credential"/,
  },
};

const codes = (graph: WorkflowGraph): string[] => lintGraph(graph).map((issue) => issue.code);

describe('lintGraph', () => {
  it('finds nothing in a sound graph that uses every construct', () => {
    expect(lintGraph(goodGraph())).toEqual([]);
  });

  it.each(Object.entries(defects))(
    'finds %s, and only that, with its place and a message to act on',
    (code, { graph, at, says }) => {
      const issues = lintGraph(graph);
      expect(issues).toEqual([
        {
          code,
          severity: GRAPH_ISSUE_CODES[code as GraphIssueCode].severity,
          message: expect.stringMatching(says),
          ...at,
        },
      ]);
      expect(hasErrors(issues)).toBe(GRAPH_ISSUE_CODES[code as GraphIssueCode].severity === 'ERROR');
    },
  );

  it('orders errors before warnings before infos, whatever order the nodes have', () => {
    const graph = changed({
      set: { start: { nonsense: 1 }, late: { channel: '' }, score: { url: '{{ settings.url }}' } },
    });
    expect(codes(graph)).toEqual(['MISSING_PARAMETER', 'UNKNOWN_PARAMETER', 'SETTING_NEEDED']);
  });

  it('gives the same findings when a database has reordered the keys of parameters', () => {
    const one = lintGraph(changed({ set: { score: { body: { a: '{{ settings.url }}', b: '{{ settings.url }}' } } } }));
    const two = lintGraph(changed({ set: { score: { body: { b: '{{ settings.url }}', a: '{{ settings.url }}' } } } }));
    expect(two).toEqual(one);
  });

  it('stays within seconds on the largest and most tangled graph', () => {
    const nodes = Array.from({ length: 200 }, (_, n) =>
      node(`n${n}`, n % 2 ? 'logic.forEach' : 'logic.errorHandler', {
        items: `nodes.n${(n * 7) % 200}.x`,
        text: 'a.'.repeat(16_000),
      }),
    );
    const edges = Array.from({ length: 400 }, (_, n) =>
      edge(`n${n % 200}`, `n${(n * 13 + 1) % 200}`, n % 3 ? 'each' : 'done'),
    );
    // CPU time of this thread only, so that a busy machine does not affect the result.
    const started = process.threadCpuUsage();
    expect(lintGraph({ nodes, edges })).toHaveLength(MAX_ISSUES);
    const { user, system } = process.threadCpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });

  it('cuts an endless list of findings without losing the errors', () => {
    const parameters = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`p${n}`, 'TODO']));
    const issues = lintGraph(changed({ set: { late: parameters } }));
    expect(issues).toHaveLength(MAX_ISSUES);
    expect(hasErrors(issues)).toBe(true);
  });
});

describe('paths and loops', () => {
  it('accepts a loop whose body ends without leading back', () => {
    expect(codes(changed({ disconnect: [['save', 'rows']] }))).toEqual([]);
  });

  it('accepts a loop inside a loop', () => {
    const inner = node('inner', 'logic.forEach', { items: 'item.parts' });
    const part = node('part', 'action.slack', slack('{{ item }}'));
    const graph = changed({
      add: [inner, part],
      disconnect: [['save', 'rows']],
      connect: [
        edge('save', 'inner'),
        edge('inner', 'part', 'each'),
        edge('part', 'inner'),
        edge('inner', 'rows', 'done'),
      ],
    });
    expect(codes(graph)).toEqual([]);
  });

  it('refuses a way back into a loop from its "done" branch', () => {
    expect(codes(changed({ connect: [edge('report', 'rows')] }))).toEqual(['CYCLE_OUTSIDE_LOOP']);
  });

  it('names an empty loop', () => {
    expect(
      codes(
        changed({
          disconnect: [
            ['rows', 'save'],
            ['save', 'rows'],
          ],
          connect: [edge('rows', 'save', 'done')],
          set: { save: { values: { a: 1 } }, report: { subject: 'Rows' } },
        }),
      ),
    ).toEqual(['UNCONNECTED_BRANCH']);
  });

  it('treats a decision without any edge as an error', () => {
    const graph = scheduled(node('check', 'logic.if', { condition: '1 > 0' }));
    expect(codes(graph)).toEqual(['UNCONNECTED_BRANCH', 'UNCONNECTED_BRANCH']);
  });

  it('mentions the other side of an "if" without making it an error', () => {
    const graph = only('start', 'score', 'large', 'ask', 'refuse');
    graph.edges.push(edge('ask', 'refuse', 'approved'));
    const issues = lintGraph(graph);
    expect(issues.map((issue) => issue.code)).toEqual(['BRANCH_ENDS']);
    expect(hasErrors(issues)).toBe(false);
  });
});

describe('references', () => {
  const late = (text: string): string[] => codes(changed({ set: { late: { text } } }));

  it.each([
    ['{{ item.name }}', ['UNKNOWN_REFERENCE']],
    ['{{ error.message }}', ['UNKNOWN_REFERENCE']],
    ['{{ amount }}', ['UNKNOWN_REFERENCE']],
    ['{{ nodes.report.messageId }}', ['REFERENCE_NOT_BEFORE']],
    ['{{ nodes.late.link }}', ['REFERENCE_NOT_BEFORE']],
    ['{{ nodes.score.body.risk }} {{ nodes.ask.comment }} {{ nodes.start.body }}', []],
    ['{{ upper(trigger.body.name) + " " + now }}', []],
    ['no expression { here }', []],
  ])('judges %s behind the webhook', (text, expected) => {
    expect(late(text)).toEqual(expected);
  });

  it('lets the path behind an error handler read what a watched node had before it, and not what comes later', () => {
    const alarm = (text: string): string[] => codes(changed({ set: { alarm: { text } } }));
    expect(alarm('{{ nodes.start.body }}')).toEqual([]);
    expect(alarm('{{ nodes.report.messageId }}')).toEqual(['REFERENCE_NOT_BEFORE']);
  });

  it('lets an error handler that watches everything read every node', () => {
    expect(
      codes(changed({ set: { failed: { watch: 'all' }, alarm: { text: '{{ nodes.report.messageId }}' } } })),
    ).toEqual([]);
  });

  it('reports a watched node that does not exist', () => {
    expect(codes(changed({ set: { failed: { watch: ['score', 'ghost'] } } }))).toEqual(['UNKNOWN_REFERENCE']);
  });

  it('lets a filter speak about its items outside a loop', () => {
    expect(
      codes(scheduled(node('few', 'logic.filter', { items: 'trigger.rows', condition: 'item.stock < 10' }))),
    ).toEqual([]);
  });

  it('explains ids with a dash', () => {
    const graph = changed({
      add: [
        node('send-mail', 'action.slack', slack()),
        node('after', 'action.slack', slack('{{ nodes.send-mail.link }}')),
      ],
      connect: [edge('late', 'send-mail'), edge('send-mail', 'after')],
    });
    expect(lintGraph(graph)[0]?.message).toContain('nodes["send-mail"]');
  });

  it('ignores braces in program code', () => {
    expect(codes(scheduled(node('run', 'action.code', { code: 'return "{{ x }}" + `{{ broken`;' })))).toEqual([]);
  });
});

describe('parameters', () => {
  const behind = (type: string, parameters: Parameters): string[] => codes(scheduled(node('n', type, parameters)));

  it('asks for what another parameter makes necessary', () => {
    expect(behind('logic.wait', {})).toEqual(['MISSING_PARAMETER']);
    expect(behind('logic.wait', { duration: '3d' })).toEqual([]);
    expect(behind('logic.wait', { mode: 'until' })).toEqual(['MISSING_PARAMETER']);
    expect(behind('action.database', { operation: 'insert', statement: 'x' })).toEqual([
      'MISSING_PARAMETER',
      'MISSING_PARAMETER',
    ]);
    expect(behind('action.database', { operation: 'dump' })).toEqual([]);
  });

  it.each<[string, Parameters, string[]]>([
    ['action.email', { to: 'a@acme.io, b@acme.io', subject: 's', body: 'b' }, []],
    ['action.email', { to: ['a@acme.io', 'Bo <b@acme.io>'], subject: 's', body: 'b' }, []],
    ['action.email', { to: '{{ trigger.a }}', subject: 's', body: 'b' }, []],
    ['action.email', { to: 'sales', subject: 's', body: 'b' }, ['WRONG_PARAMETER_TYPE']],
    ['action.http', { url: 'api.acme.io/x' }, ['WRONG_PARAMETER_TYPE']],
    ['action.http', { url: 'https://{{ trigger.host }}/x' }, []],
    ['action.http', { url: 'https://a.io', method: 'FETCH' }, ['WRONG_PARAMETER_TYPE']],
    ['action.http', { url: 'https://a.io', headers: '{"a":1}' }, ['WRONG_PARAMETER_TYPE']],
    ['action.http', { url: 'https://a.io', body: 'plain' }, []],
    ['action.stripeCharge', { customer: 'cus_1', amount: '500' }, ['WRONG_PARAMETER_TYPE']],
    ['action.stripeCharge', { customer: 'cus_1', amount: '{{ trigger.cents }}' }, []],
    ['ai.classify', { input: 'x', categories: ['a', 7] }, ['WRONG_PARAMETER_TYPE']],
    ['ai.extract', { input: 'x', fields: [{ type: 'number' }] }, ['MISSING_PARAMETER']],
    ['ai.extract', { input: 'x', fields: ['amount', { name: 'due', kind: 'date' }] }, ['UNKNOWN_PARAMETER']],
    ['logic.switch', { cases: ['a'] }, ['MISSING_PARAMETER', 'UNCONNECTED_BRANCH', 'UNCONNECTED_BRANCH']],
    ['action.slack', { channel: '#a', text: 'b', credential: 'my slack!' }, ['WRONG_PARAMETER_TYPE']],
  ])('judges %s with %j', (type, parameters, expected) => {
    expect(behind(type, parameters).toSorted()).toEqual(expected);
  });
});
