/**
 * Exports JSON that n8n imports: positioned nodes, connected by unique names. Credentials are left open for the user to
 * choose on import. A step becomes one node, plus a helper where n8n needs two.
 */
import type { JsonValue } from '#libs/contracts';
import { ownValue } from '#libs/contracts';
import type { GraphEdge, GraphNode, PortableWorkflow } from '../../graph-schema.js';
import { ROW_PITCH } from '../../layout/geometry.js';
import { analyseGraph, type GraphStructure, isEntry, isTrigger, watchedBy } from '../../lint/graph-structure.js';
import { drawableGraph } from '../drawable-graph.js';
import type { LossList } from '../export-loss.js';
import { ParameterReader } from '../parameter-reader.js';
import { UniqueNames } from '../unique-names.js';
import { innermostLoop } from './n8n-expressions.js';
import { N8N_MERGE_INPUTS, N8N_TRIES, N8N_TYPES, type N8nTypeName } from './n8n-facts.js';
import { conditionOf, loseCredential, type N8nStep } from './n8n-step.js';
import { N8N_STEPS } from './n8n-steps.js';
import { N8nValues } from './n8n-values.js';

interface N8nNode {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly position: readonly [number, number];
  parameters: Record<string, JsonValue>;
  webhookId?: string;
  onError?: 'continueErrorOutput';
  retryOnFail?: boolean;
  maxTries?: number;
  notes?: string;
}

interface Target {
  readonly node: string;
  readonly type: 'main';
  readonly index: number;
}

/** One step in n8n: the node where it is entered, and where each of its branches leaves. */
interface Written {
  readonly step: N8nStep;
  readonly main: N8nNode;
  readonly entry: string;
  readonly exits: ReadonlyMap<string | null, { readonly name: string; readonly output: number }>;
}

const LISTENING: ReadonlySet<N8nTypeName> = new Set([
  'webhook',
  'formTrigger',
  'wait',
  'gmail',
  'telegramTrigger',
  'slackTrigger',
]);

export function toN8n({ title, graph: whole }: PortableWorkflow, losses: LossList): string {
  return `${JSON.stringify(new N8nWriter(title, whole, losses).write(), null, 2)}\n`;
}

class N8nWriter {
  private readonly graph;
  private readonly structure: GraphStructure;
  private readonly names = new UniqueNames(120);
  private readonly nameOf = new Map<string, string>();
  private readonly nodes: N8nNode[] = [];
  private readonly written = new Map<string, Written>();
  private readonly connections = new Map<string, Target[][]>();

  constructor(
    private readonly title: string,
    whole: PortableWorkflow['graph'],
    private readonly losses: LossList,
  ) {
    this.graph = drawableGraph(whole, losses);
    this.structure = analyseGraph(this.graph);
  }

  write(): object {
    for (const node of this.graph.nodes) this.nameOf.set(node.id, this.names.give(node.label));
    for (const node of this.graph.nodes) this.writeNode(node);
    for (const edge of this.graph.edges) this.writeEdge(edge);
    this.returnToLoops();
    for (const handler of this.structure.errorHandlers) this.watch(handler);
    this.answerCallers();
    return {
      name: this.title.trim() || 'Workflow',
      nodes: this.nodes,
      connections: Object.fromEntries([...this.connections].map(([name, main]) => [name, { main }])),
      settings: { executionOrder: 'v1', ...this.timezone() },
      active: false,
      pinData: {},
    };
  }

  private writeNode(node: GraphNode): void {
    const reader = new ParameterReader(node, this.losses, 'n8n');
    const incoming = this.structure.incoming.get(node.id) ?? [];
    const [only] = incoming;
    const before = only && incoming.length === 1 ? this.structure.nodesById.get(only.source) : undefined;
    const previous = before && before.type !== 'logic.forEach' && before.type !== 'logic.merge' ? before : null;
    const joined = this.graph.nodes.some(
      ({ id, type }) => type === 'logic.merge' && (id === node.id || this.structure.comesBefore(id, node.id)),
    );
    const place = { node, structure: this.structure, names: this.nameOf, previous, joined };
    const values = new N8nValues(reader, place, this.losses);
    const write = ownValue(N8N_STEPS, node.type);
    const watched = node.type === 'logic.errorHandler' ? watchedBy(node) : null;
    let step: N8nStep;
    if (!write) {
      this.losses.add({
        nodeId: node.id,
        message: `n8n gets a step that does nothing for "${node.label}", because its type "${node.type}" is not known.`,
      });
      step = { type: isTrigger(node) ? 'manualTrigger' : 'noOp', settings: {} };
    } else if (node.type === 'logic.errorHandler') {
      reader.value('watch');
      reader.value('retries');
      step = { type: watched ? 'set' : 'errorTrigger', settings: watched ? CAUGHT : {} };
    } else {
      step = write(values);
      loseCredential(values);
      if (step.type === 'noOp' || (step.type === 'manualTrigger' && node.type !== 'trigger.manual')) {
        if (node.type !== 'logic.stop' && node.type !== 'logic.merge') {
          this.losses.add({
            nodeId: node.id,
            message: `n8n has no step for "${node.label}" as it is set here; a placeholder stands in its place.`,
          });
        }
      }
    }
    if (node.type === 'trigger.schedule') reader.value('timezone');
    reader.loseTheRest();

    const name = this.nameOf.get(node.id) ?? '';
    let entry = name;
    if (step.listBefore !== undefined) {
      const list = this.add(
        `${node.id}-list`,
        this.names.give(`${name}: list`),
        'code',
        { mode: 'runOnceForAllItems', language: 'javaScript', jsCode: step.listBefore },
        node,
        -1,
      );
      this.connect(list.name, 0, name);
      entry = list.name;
    }
    const main = this.add(node.id, name, step.type, { ...step.settings }, node);
    if (LISTENING.has(step.type)) main.webhookId = node.id;
    let from = name;
    if (step.testAfter !== undefined) {
      const test = this.add(
        `${node.id}-test`,
        this.names.give(`${name}: which way`),
        'if',
        { conditions: conditionOf(step.testAfter), options: {} },
        node,
        1,
      );
      this.connect(name, 0, test.name);
      from = test.name;
    }
    const exits = new Map((step.branches ?? [null]).map((branch, output) => [branch, { name: from, output }]));
    this.written.set(node.id, { step, main, entry, exits });
  }

  private add(
    id: string,
    name: string,
    type: N8nTypeName,
    parameters: Record<string, JsonValue>,
    near: GraphNode,
    rows = 0,
  ): N8nNode {
    const { x, y } = near.position;
    const facts = N8N_TYPES[type];
    const node: N8nNode = {
      id,
      name,
      type: facts.type,
      typeVersion: facts.written,
      position: [Math.round(x), Math.round(y + (rows * ROW_PITCH) / 2)],
      parameters,
    };
    this.nodes.push(node);
    return node;
  }

  private writeEdge(edge: GraphEdge): void {
    const source = this.written.get(edge.source);
    const target = this.written.get(edge.target);
    const to = this.structure.nodesById.get(edge.target);
    if (!source || !target || !to) return;
    const exit = source.exits.get(edge.branch ?? null);
    if (!exit) {
      this.losses.add({
        edgeId: edge.id,
        message: `A connection leaves by "${edge.branch ?? ''}", which its step does not have in n8n, and is left out.`,
      });
    } else if (isEntry(to)) {
      this.losses.add({
        edgeId: edge.id,
        message: 'A connection into a step that starts a workflow is left out; n8n has none.',
      });
    } else if (target.step.type === 'merge') {
      this.connectToMerge(edge, exit, target);
    } else {
      const back = this.structure.loopBodies.get(edge.target)?.has(edge.source);
      this.connect(exit.name, exit.output, back ? target.main.name : target.entry);
    }
  }

  private connectToMerge(edge: GraphEdge, exit: { name: string; output: number }, target: Written): void {
    const used = typeof target.main.parameters.numberInputs === 'number' ? target.main.parameters.numberInputs : 0;
    if (used === N8N_MERGE_INPUTS) {
      this.losses.add({
        edgeId: edge.id,
        message: `n8n joins ${N8N_MERGE_INPUTS} paths at most; this connection is left out.`,
      });
      return;
    }
    target.main.parameters.numberInputs = used + 1;
    this.connect(exit.name, exit.output, target.entry, used);
  }

  private connect(from: string, output: number, to: string, index = 0): void {
    const main = this.connections.get(from) ?? [];
    this.connections.set(from, main);
    while (main.length <= output) main.push([]);
    main[output]?.push({ node: to, type: 'main', index });
  }

  /** An n8n loop continues only when its last step leads back to it; here a path inside a loop may simply end. */
  private returnToLoops(): void {
    for (const [id, written] of this.written) {
      const loop = this.written.get(innermostLoop(id, this.structure) ?? '');
      if (!loop || this.structure.nodesById.get(id)?.type === 'logic.stop') continue;
      for (const { name, output } of written.exits.values()) {
        if ((this.connections.get(name)?.[output] ?? []).length === 0) this.connect(name, output, loop.main.name);
      }
    }
  }

  /** A handler of all steps becomes n8n's error trigger; a handler of some steps is connected to their error outputs. */
  private watch(handler: GraphNode): void {
    const target = this.written.get(handler.id);
    const named = watchedBy(handler);
    const behind = (id: string): boolean => id === handler.id || this.structure.comesBefore(handler.id, id);
    const ids = named ?? this.graph.nodes.filter((node) => !isEntry(node) && !behind(node.id)).map(({ id }) => id);
    const retries = handler.parameters.retries;
    const tries = typeof retries === 'number' ? Math.max(0, Math.round(retries)) + 1 : 1;
    if (tries > N8N_TRIES.most || (retries !== undefined && typeof retries !== 'number')) {
      this.losses.add({
        nodeId: handler.id,
        path: 'parameters.retries',
        message: `n8n tries a step ${N8N_TRIES.most} times at most.`,
      });
    }
    let tried = false;
    for (const id of ids) {
      const watched = this.written.get(id);
      const node = this.structure.nodesById.get(id);
      if (!watched || !node || isEntry(node) || id === handler.id) {
        this.losses.add({
          nodeId: handler.id,
          path: 'parameters.watch',
          message: `n8n cannot watch "${id}", which is no step that can fail there.`,
        });
        continue;
      }
      if (tries >= N8N_TRIES.least) {
        tried = true;
        watched.main.retryOnFail = true;
        watched.main.maxTries = Math.min(tries, N8N_TRIES.most);
      }
      if (!named || !target) continue;
      watched.main.onError = 'continueErrorOutput';
      this.connect(watched.main.name, watched.step.testAfter === undefined ? watched.exits.size : 1, target.entry);
    }
    if (tries > 1 && !tried) {
      this.losses.add({
        nodeId: handler.id,
        path: 'parameters.retries',
        message: 'There is no step here that n8n could try again.',
      });
    }
  }

  /** A caller waits for an answer only where the workflow gives one. */
  private answerCallers(): void {
    const answers = [...this.written.values()].some(({ step }) => step.type === 'respondToWebhook');
    for (const { step, main } of this.written.values()) {
      if (answers && (step.type === 'webhook' || step.type === 'formTrigger'))
        main.parameters.responseMode = 'responseNode';
      if (step.type === 'merge') {
        const inputs = main.parameters.numberInputs;
        main.parameters.numberInputs = Math.max(2, typeof inputs === 'number' ? inputs : 0);
      }
    }
  }

  private timezone(): Record<string, string> {
    const zones = new Set<string>();
    for (const node of this.graph.nodes.filter(({ type }) => type === 'trigger.schedule')) {
      const zone = typeof node.parameters.timezone === 'string' ? node.parameters.timezone : 'UTC';
      zones.add(zone);
      if (zones.size > 1 && ![...zones][0]?.startsWith(zone)) {
        this.losses.add({
          nodeId: node.id,
          path: 'parameters.timezone',
          message: `n8n has one time zone for a workflow: ${[...zones][0]}.`,
        });
      }
    }
    const [zone] = zones;
    return zone === undefined ? {} : { timezone: zone };
  }
}

const CAUGHT: Record<string, JsonValue> = {
  mode: 'raw',
  jsonOutput:
    '={{ ({ message: $json.error?.message ?? $json.error, nodeId: $prevNode.name, label: $prevNode.name }) }}',
  includeOtherFields: false,
  options: {},
};
