/** Runs of agents that wait for people, driven as an integrator does: over GraphQL only. */
import type { UserErrorAnswer } from './graphql-api.ts';
import type { System } from './system.ts';
import { until } from './until.ts';

export interface HookAnswer {
  id: string;
  name: string;
  status: string;
  title: string;
  schema: { properties?: Record<string, unknown> };
  payload: unknown;
  resolvedBy: { name: string } | null;
  expiresAt: string | null;
}

const hookFields = 'id name status title schema payload resolvedBy { name } expiresAt';

export class AgentRun {
  readonly system: System;
  readonly workflowId: string;
  readonly runId: string;

  private constructor(system: System, workflowId: string, runId: string) {
    this.system = system;
    this.workflowId = workflowId;
    this.runId = runId;
  }

  static async start(system: System, agent: string, prompt: string): Promise<AgentRun> {
    const { workflow, run, userErrors } = await system.api.submitPrompt({ prompt, agent });
    if (!workflow || !run) throw new Error(`The prompt was refused: ${JSON.stringify(userErrors)}`);
    return new AgentRun(system, workflow.id, run.id);
  }

  async hooks(): Promise<HookAnswer[]> {
    const document = `query($id: ID!) { run(id: $id) { hooks { ${hookFields} } } }`;
    const data = await this.system.api.data<{ run: { hooks: HookAnswer[] } }>(document, { id: this.runId });
    return data.run.hooks;
  }

  /** The open hook, once the run waits at its `count`-th hook. */
  async waitsAt(count: number): Promise<HookAnswer> {
    return until(
      async () => {
        await this.throwIfFailed();
        const hooks = await this.hooks();
        const open = hooks.filter((hook) => hook.status === 'WAITING');
        return hooks.length === count && (await this.status()) === 'WAITING' ? open[0] : undefined;
      },
      `the run waits at hook ${count}`,
      60_000,
    );
  }

  async resolve(hook: HookAnswer, payload: unknown): Promise<UserErrorAnswer[]> {
    const document = `mutation($input: ResolveHookInput!) { resolveHook(input: $input) {
      hook { id status } userErrors { code field message } } }`;
    const input = { hookId: hook.id, payload };
    const data = await this.system.api.data<{ resolveHook: { userErrors: UserErrorAnswer[] } }>(document, { input });
    return data.resolveHook.userErrors;
  }

  async status(): Promise<string | undefined> {
    return (await this.system.api.run(this.runId))?.status;
  }

  async reaches(status: string): Promise<void> {
    await until(
      async () => {
        if (status !== 'FAILED') await this.throwIfFailed();
        return (await this.status()) === status;
      },
      `the run is ${status}`,
      45_000,
    );
  }

  /** Data of the assistant's data parts with that name, in order. */
  async parts<T = Record<string, unknown>>(name: string): Promise<T[]> {
    const workflow = await this.system.api.workflow(this.workflowId);
    const parts = (workflow?.messages.at(-1)?.parts ?? []) as { type: string; data?: T }[];
    return parts.filter((part) => part.type === `data-${name}`).map((part) => part.data as T);
  }

  async steps(name: string): Promise<{ name: string; status: string; kind: string }[]> {
    const document = `query($id: ID!) { run(id: $id) { steps(first: 100) { nodes { name status kind } } } }`;
    const data = await this.system.api.data<{
      run: { steps: { nodes: { name: string; status: string; kind: string }[] } };
    }>(document, { id: this.runId });
    return data.run.steps.nodes.filter((step) => step.name === name);
  }

  private async throwIfFailed(): Promise<void> {
    const run = await this.system.api.run(this.runId);
    if (run?.status === 'FAILED') throw new Error(`The run failed: ${JSON.stringify(run.error)}`);
  }
}
