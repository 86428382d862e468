/**
 * Exports a state machine in the Amazon States Language, with JSONata. A step that calls a service becomes a Lambda call
 * with the step's settings as its payload; decisions, waits, loops and parallel paths become states.
 */
import { findNodeType } from '../../catalog/catalog.js';
import type { GraphNode, PortableWorkflow, WorkflowGraph } from '../../graph-schema.js';
import { isTrigger, watchedBy } from '../../lint/graph-structure.js';
import { drawableGraph } from '../drawable-graph.js';
import type { LossList } from '../export-loss.js';
import { ParameterReader } from '../parameter-reader.js';
import { ASL_RESOURCES } from './asl-facts.js';
import { AslFlow, comment, type Scope, type State, scope } from './asl-flow.js';
import { AslValues, evaluate } from './asl-values.js';
import { jsonataText } from './jsonata.js';

export function toAsl({ title, graph }: PortableWorkflow, losses: LossList): string {
  return `${JSON.stringify(new AslWriter(title, drawableGraph(graph, losses), losses).write(), null, 2)}\n`;
}

class AslWriter extends AslFlow {
  private readonly retried = new Set<string>();

  constructor(
    private readonly title: string,
    graph: WorkflowGraph,
    losses: LossList,
  ) {
    super(graph, losses);
  }

  write(): object {
    const start = this.start() ?? this.extra(this.top, 'Nothing to do', { Type: 'Succeed' });
    this.loseWhatIsLeft();
    const tasks = this.graph.nodes.filter(({ id }) => this.failing(id)).length;
    if (tasks > 0) {
      this.losses.add({
        message:
          'Each step that calls something calls a Lambda function named after its type, which you provide; its settings are the payload.',
      });
    }
    if (this.graph.nodes.length > 0)
      this.losses.add({ message: 'Step Functions draws the states itself, so places on the canvas are not kept.' });
    return {
      Comment: this.title,
      QueryLanguage: 'JSONata',
      StartAt: start,
      States: Object.fromEntries(this.top.states),
    };
  }

  private start(): string | null {
    const { triggers, incoming } = this.structure;
    if (triggers.length === 0) {
      const roots = this.graph.nodes.filter(({ id, type }) => !incoming.has(id) && type !== 'logic.errorHandler');
      return this.goTo(
        roots.map(({ id }) => id),
        this.top,
        'Start',
        [],
      );
    }
    const names = triggers.map(({ id }) => [id, this.enter(id, this.top)] as const);
    const [first] = names;
    if (names.length === 1 || !first) return first?.[1] ?? null;
    const choices = names.map(([id, name]) => ({
      Condition: evaluate(`$states.input.startedBy = ${jsonataText(id)}`),
      Next: name ?? '',
    }));
    return this.extra(this.top, 'Which start', { Type: 'Choice', Choices: choices, Default: first[1] ?? '' });
  }

  protected override stateOf(node: GraphNode, name: string, at: Scope): State {
    const reader = new ParameterReader(node, this.losses, 'Step Functions');
    const values = new AslValues(reader, new Set(this.structure.nodesById.keys()), this.losses);
    const state = this.stateWith(node, name, values, at);
    reader.loseTheRest();
    return state;
  }

  private stateWith(node: GraphNode, name: string, values: AslValues, at: Scope): State {
    const onward = (branch: string | null = null): State => {
      const next = this.follow(node, branch, at);
      return next === null ? { End: true } : { Next: next };
    };
    const pass = (output: string): State => ({
      Type: 'Pass',
      Comment: node.type,
      Output: evaluate(output),
      ...onward(),
    });
    if (isTrigger(node)) {
      if (Object.keys(node.parameters).length > 0) {
        const message =
          'Step Functions is started from outside; set this start up there, for example with EventBridge.';
        for (const parameter of Object.keys(node.parameters)) values.reader.lose(parameter, message);
      }
      return pass('{"trigger": $states.input, "settings": $states.input.settings, "nodes": {} }');
    }
    switch (node.type) {
      case 'logic.if':
        return this.choice(node, name, at, [['true', values.code('condition')]], 'false');
      case 'logic.switch': {
        const value = (): string => (values.has('value') ? values.code('value') : 'null');
        const cases = values.cases((known) => `${value()} = ${jsonataText(known)}`);
        return this.choice(node, name, at, [...cases], 'default');
      }
      case 'logic.forEach':
        return this.map(node, name, values, at);
      case 'logic.merge':
        if (values.word('mode') === 'any')
          values.reader.lose('mode', 'Step Functions cannot go on with the first path; it waits for all.');
        return { Type: 'Pass', Comment: node.type, ...onward() };
      case 'logic.filter': {
        if (values.word('mode') !== 'condition') break;
        if (!values.has('items')) {
          const code = values.code('condition');
          const next = this.follow(node, null, at) ?? this.ending(name, at);
          return {
            Type: 'Choice',
            Comment: node.type,
            Choices: [{ Condition: evaluate(`$boolean(${code})`), Next: next }],
            Default: this.ending(name, at),
          };
        }
        const kept = `$append([], $filter(${values.code('items')}, function($item, $index) { $boolean(${values.code('condition', { ownItem: true })}) }))`;
        return pass(`($kept := ${kept}; ${keep(node.id, '{"items": $kept, "count": $count($kept)}')})`);
      }
      case 'logic.wait': {
        const mode = values.word('mode');
        if (mode === 'duration')
          return { Type: 'Wait', Comment: node.type, Seconds: values.seconds('duration'), ...onward() };
        if (mode === 'until')
          return {
            Type: 'Wait',
            Comment: node.type,
            Timestamp: evaluate(`$string(${values.code('until')})`),
            ...onward(),
          };
        const timedOut = this.follow(node, 'timedOut', at) ?? this.ending(name, at);
        return { ...this.task(node, values, at, values.seconds('timeout'), timedOut), ...onward('received') };
      }
      case 'logic.approval': {
        const yes = jsonataPath(node.id);
        const way = this.extra(
          at,
          `${name}: which way`,
          this.choice(node, name, at, [['approved', `${yes}.approved = true`]], 'rejected'),
        );
        return { ...this.task(node, values, at, values.seconds('timeout'), way), Next: way };
      }
      case 'logic.errorHandler':
        values.reader.value('watch');
        values.reader.value('retries');
        return pass(keep(node.id, '$states.input.error'));
      case 'logic.respond': {
        this.losses.add({
          nodeId: node.id,
          path: 'parameters.body',
          message: 'A state machine answers when it ends, not before: read "response" from its output.',
        });
        const response = `{"status": ${values.code('status')}, "body": ${values.code('body')} }`;
        return pass(`$merge([$states.input, {"response": ${response} }])`);
      }
      case 'logic.stop': {
        for (const edge of this.edges(node, null))
          this.losses.add({ edgeId: edge.id, message: 'Nothing can follow a step that stops.' });
        if (values.word('outcome') === 'failure')
          return {
            Type: 'Fail',
            Comment: node.type,
            Error: 'Stopped',
            Cause: evaluate(`$string(${values.code('message')})`),
          };
        if (at.parent)
          this.losses.add({
            nodeId: node.id,
            path: 'parameters.outcome',
            message: 'Inside a branch or a loop, stopping ends that path only.',
          });
        if (values.has('message'))
          return {
            Type: 'Succeed',
            Comment: node.type,
            Output: evaluate(`$merge([$states.input, {"message": ${values.code('message')} }])`),
          };
        return { Type: 'Succeed', Comment: node.type };
      }
      case 'action.transform': {
        const output = values.has('items')
          ? `{"items": $append([], $map(${values.code('items')}, function($item, $index) { ${values.code('output', { ownItem: true })} }))}`
          : values.code('output');
        return pass(keep(node.id, output));
      }
    }
    if (!findNodeType(node.type)) {
      this.losses.add({
        nodeId: node.id,
        message: `The type "${node.type}" is not known here; its settings go to a Lambda function as they are.`,
      });
    }
    return { ...this.task(node, values, at), ...onward() };
  }

  private choice(
    node: GraphNode,
    name: string,
    at: Scope,
    cases: readonly (readonly [string, string])[],
    otherwise: string,
  ): State {
    const Choices = cases.map(([branch, code]) => ({
      Condition: evaluate(`$boolean(${code})`),
      Next: this.follow(node, branch, at) ?? this.ending(name, at),
    }));
    const last = this.follow(node, otherwise, at) ?? this.ending(name, at);
    // A Choice without choices is invalid.
    if (Choices.length === 0) return { Type: 'Pass', Comment: node.type, Next: last };
    return { Type: 'Choice', Comment: node.type, Choices, Default: last };
  }

  private task(node: GraphNode, values: AslValues, at: Scope, timeout?: number, timedOut?: string): State {
    const waits = timeout !== undefined;
    const call: State = {
      FunctionName: `holdfast-${node.type.replaceAll(/[^A-Za-z0-9_]+/g, '-').slice(0, 50)}`,
      Payload: {
        step: node.id,
        type: node.type,
        parameters: values.all(),
        ...(waits ? { taskToken: evaluate('$states.context.Task.Token') } : {}),
      },
    };
    for (let inside: Scope | null = at; inside; inside = inside.parent) inside.failing.add(node.id);
    const caught = timedOut === undefined ? [] : [{ ErrorEquals: ['States.Timeout'], Next: timedOut }];
    const handled = at.parent ? [] : this.catches(new Set([node.id]));
    const tries = this.tries(node.id);
    return {
      Type: 'Task',
      Comment: node.type,
      Resource: waits ? ASL_RESOURCES.callAndWait : ASL_RESOURCES.call,
      Arguments: call,
      ...(waits ? { TimeoutSeconds: timeout } : {}),
      Output: evaluate(keep(node.id, waits ? '$states.result' : '$states.result.Payload')),
      ...(tries > 0 ? { Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: tries }] } : {}),
      ...(caught.length + handled.length > 0 ? { Catch: [...caught, ...handled] } : {}),
    };
  }

  private map(node: GraphNode, name: string, values: AslValues, at: Scope): State {
    const body = new Set(
      [...(this.structure.loopBodies.get(node.id) ?? [])].filter((id) => at.allowed.has(id) && !this.placed.has(id)),
    );
    const inside = scope(body, new Set([node.id]), at);
    const first =
      this.follow(node, 'each', inside) ?? this.extra(inside, `${name}: nothing`, { Type: 'Pass', End: true });
    const fields = [...body].map((id) => `${jsonataText(id)}: [$states.result.nodes.${`\`${id}\``}]`);
    const results = `${jsonataText(node.id)}: {"results": $states.result, "count": $count($states.result)}`;
    const concurrency = Number(values.word('concurrency'));
    if (!Number.isInteger(concurrency) || concurrency < 1)
      values.reader.lose('concurrency', 'Step Functions takes a whole number of rounds at a time.');
    const next = this.follow(node, 'done', at);
    return {
      Type: 'Map',
      Comment: comment(node.type, inside),
      Items: evaluate(`$append([], ${values.code('items')})`),
      ItemSelector: evaluate(
        '$merge([$states.input, {"item": $states.context.Map.Item.Value, "index": $states.context.Map.Item.Index}])',
      ),
      MaxConcurrency: Number.isInteger(concurrency) && concurrency > 0 ? concurrency : 1,
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: first, States: Object.fromEntries(inside.states) },
      Output: evaluate(
        `$merge([$states.input, {"nodes": $merge([$states.input.nodes, {${[...fields, results].join(', ')} }])}])`,
      ),
      ...this.blockCatch(inside, at),
      ...(next === null ? { End: true } : { Next: next }),
    };
  }

  private failing(id: string): boolean {
    return this.top.failing.has(id);
  }

  private handlersOf(id: string): GraphNode[] {
    return this.structure.errorHandlers.filter((handler) => {
      const watched = watchedBy(handler);
      return (watched === null || watched.includes(id)) && !this.structure.comesBefore(handler.id, id);
    });
  }

  /** The first handler that watches one of the steps; the language allows only one target for a failing state. */
  private catches(ids: ReadonlySet<string>): State[] {
    for (const id of ids) {
      const [handler, ...others] = this.handlersOf(id);
      if (!handler) continue;
      for (const other of others) {
        this.losses.add({
          nodeId: other.id,
          path: 'parameters.watch',
          message: `The failure of "${this.nameOf.get(id)}" starts one path only, that of "${handler.label}".`,
        });
      }
      const name = this.enter(handler.id, this.top);
      if (name === null) continue;
      const error =
        '{"error": {"message": $states.errorOutput.Cause, "nodeId": ' +
        jsonataText(id) +
        ', "label": ' +
        jsonataText(this.nameOf.get(id) ?? '') +
        '} }';
      return [{ ErrorEquals: ['States.ALL'], Output: evaluate(`$merge([$states.input, ${error}])`), Next: name }];
    }
    return [];
  }

  protected override blockCatch(inside: Pick<Scope, 'failing'>, at: Scope): State {
    if (at.parent) return {};
    const caught = this.catches(inside.failing);
    for (const id of inside.failing) {
      const [handler] = this.handlersOf(id);
      if (handler) {
        this.losses.add({
          nodeId: handler.id,
          path: 'parameters.watch',
          message: `When "${this.nameOf.get(id)}" fails, all that runs beside it ends as well.`,
        });
      }
    }
    return caught.length > 0 ? { Catch: caught } : {};
  }

  private tries(id: string): number {
    let most = 0;
    for (const handler of this.handlersOf(id)) {
      const { retries } = handler.parameters;
      if (typeof retries !== 'number' || retries < 1) continue;
      this.retried.add(handler.id);
      most = Math.max(most, Math.min(99_999_999, Math.round(retries)));
    }
    return most;
  }

  private loseWhatIsLeft(): void {
    for (const handler of this.structure.errorHandlers) {
      const { retries } = handler.parameters;
      if (retries !== undefined && retries !== 0 && !this.retried.has(handler.id)) {
        this.losses.add({
          nodeId: handler.id,
          path: 'parameters.retries',
          message: 'There is no step here that could be tried again as often.',
        });
      }
      for (const id of watchedBy(handler) ?? []) {
        if (!this.failing(id))
          this.losses.add({
            nodeId: handler.id,
            path: 'parameters.watch',
            message: `"${id.slice(0, 64)}" is no step that can fail there.`,
          });
      }
    }
    for (const node of this.graph.nodes) {
      if (!this.placed.has(node.id))
        this.losses.add({
          nodeId: node.id,
          message: `"${node.label}" is left out, because no path leads to it in a state machine.`,
        });
    }
    for (const edge of this.graph.edges) {
      if (!this.written.has(edge))
        this.losses.add({
          edgeId: edge.id,
          message: `A connection is left out: its step does not leave by "${edge.branch ?? ''}", or is left out itself.`,
        });
    }
  }
}

/** The input of the next state: everything known so far, plus the result of this step. */
function keep(id: string, result: string): string {
  return `$merge([$states.input, {"nodes": $merge([$states.input.nodes, {${jsonataText(id)}: ${result} }])}])`;
}

function jsonataPath(id: string): string {
  return `$lookup($states.input.nodes, ${jsonataText(id)})`;
}
