/** Inputs and results of the client's methods, except the states of a session. */
import type { WorkflowStatus } from './contracts.js';
import type { RunState } from './workflow-state.js';

export interface PromptInput {
  /** What to build, in words. */
  prompt: string;
  /** The workflow to continue; a new one when absent. */
  workflowId?: string;
  /** The agent that answers; the server's default when absent. */
  agent?: string;
  /** Any text of at most 200 characters; a random one when absent. */
  idempotencyKey?: string;
  /** The writer's time zone as an IANA name: `Intl.DateTimeFormat().resolvedOptions().timeZone` in a browser. */
  timeZone?: string;
}

export interface SubmittedPrompt {
  readonly workflowId: string;
  readonly run: RunState;
  /** The key that was sent. */
  readonly idempotencyKey: string;
}

export interface PageRequest {
  /** How many: 1 to 100. */
  first?: number;
  /** `endCursor` of the previous page. */
  after?: string;
}

export interface MessagePageRequest {
  /** How many at most: 1 to 100. */
  last?: number;
  /** `olderMessages` of the page that follows this one. */
  before?: string;
}

export interface WorkflowSummary {
  readonly id: string;
  readonly title: string;
  readonly agent: string;
  readonly status: WorkflowStatus;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface WorkflowPage {
  readonly nodes: readonly WorkflowSummary[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

export interface ServerInfo {
  /** The agents that `submitPrompt` accepts. */
  readonly agents: readonly string[];
  /** The model that new runs use. */
  readonly model: string | null;
  /** Whether a simulator is used instead of a model. */
  readonly simulated: boolean;
}

export interface NodeTypeParameter {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
  readonly requiredWhen?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly values?: readonly string[] | null;
  readonly items?: unknown;
}

/** A type of node that workflows are built from. */
export interface NodeTypeInfo {
  /** Unique in the catalogue, for example `action.slack`. */
  readonly type: string;
  readonly kind: string;
  readonly category: string;
  readonly title: string;
  readonly description: string;
  /** Markdown. */
  readonly docs: string;
  /** The name of a lucide icon, in kebab case. */
  readonly icon: string;
  readonly keywords: readonly string[];
  readonly entry: boolean;
  readonly terminal: boolean;
  readonly loop: boolean;
  readonly branches?: unknown;
  readonly parameters: readonly NodeTypeParameter[];
  readonly outputs: readonly { readonly name: string; readonly description: string }[];
}
