/**
 * The request log: in memory for tests, and optionally as JSON lines in a file. Prompts are cut to 120 characters; keys and
 * headers are never stored.
 */
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { DirectiveName } from './faults/directives.js';

export type RequestOutcome = 'completed' | 'aborted-by-client' | `fault:${DirectiveName}` | `rejected:${number}`;

export interface SimulatedRequest {
  /** ISO 8601, when the request arrived. */
  at: string;
  path: string;
  model: string;
  purpose: 'turn' | 'title';
  /** Earlier answers in the conversation, over all its runs: 0 for the first model call. */
  callIndex: number;
  /** The number of this model call within the current run, from 1. */
  runCall: number;
  promptHash: string;
  /** The first 120 characters of the prompt, without directives. */
  prompt: string;
  outcome: RequestOutcome;
  /** Deltas written to the socket. */
  deltas: number;
  durationMs: number;
  /** Tool calls that were written completely. */
  toolCalls: { callId: string; name: string; arguments: string }[];
}

/** 16 hex digits that identify a prompt. */
export function promptHash(prompt: string): string {
  return createHash('sha256').update(prompt).digest('hex').slice(0, 16);
}

interface RequestLogOptions {
  /** Entries kept in memory; older ones are dropped. */
  capacity: number;
  file: string | undefined;
  listener: ((entry: SimulatedRequest) => void) | undefined;
}

export class RequestLog {
  private kept: SimulatedRequest[] = [];

  constructor(private readonly options: RequestLogOptions) {}

  /** Finished requests, in the order in which they ended. */
  get entries(): readonly SimulatedRequest[] {
    return this.kept;
  }

  add(entry: SimulatedRequest): void {
    this.kept.push(entry);
    if (this.kept.length > this.options.capacity) this.kept = this.kept.slice(-this.options.capacity);
    // Written synchronously, so that the line exists even if this process is killed right afterwards.
    if (this.options.file !== undefined) appendFileSync(this.options.file, `${JSON.stringify(entry)}\n`);
    this.options.listener?.(entry);
  }

  clear(): void {
    this.kept = [];
  }
}
