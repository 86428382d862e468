/**
 * What was asked and how it ended: in memory for the tests, and as JSON lines in a file when one is named. Prompts are cut to
 * their first 120 characters; keys and headers are never kept.
 */
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { DirectiveName } from './faults/directives.js';

export type RequestOutcome = 'completed' | 'aborted-by-client' | `fault:${DirectiveName}` | `rejected:${number}`;

export interface SimulatedRequest {
  /** ISO 8601, when the request came in. */
  at: string;
  path: string;
  model: string;
  purpose: 'turn' | 'title';
  /** Earlier answers in the conversation, over all of its runs: 0 for the first model call. */
  callIndex: number;
  /** The number of this model call within the current run, from 1. */
  runCall: number;
  promptHash: string;
  /** The first 120 characters of the prompt, without directives. */
  prompt: string;
  outcome: RequestOutcome;
  /** Deltas that were written to the socket. */
  deltas: number;
  durationMs: number;
  /** The tool calls that were written completely. */
  toolCalls: { callId: string; name: string; arguments: string }[];
}

/** 16 hex digits that stand for a prompt. */
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
    // Written synchronously: whoever kills this process afterwards still finds the line.
    if (this.options.file !== undefined) appendFileSync(this.options.file, `${JSON.stringify(entry)}\n`);
    this.options.listener?.(entry);
  }

  clear(): void {
    this.kept = [];
  }
}
