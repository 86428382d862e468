/**
 * Unique ids for the tool calls of one run. Parts of the message and the idempotency keys of tools depend on them, and some
 * providers number the calls of each answer from zero.
 */
import type { UIMessageChunk } from '#libs/contracts';

export class ToolCallIds {
  private readonly taken = new Set<string>();

  /** @param chunks the message so far */
  constructor(chunks: readonly UIMessageChunk[]) {
    for (const chunk of chunks) if ('toolCallId' in chunk) this.taken.add(chunk.toolCallId);
  }

  /** `given` when it is free, otherwise `given` with the first number that makes it unique. */
  take(given: string): string {
    let id = given;
    for (let number = 2; this.taken.has(id); number++) id = `${given}_${number}`;
    this.taken.add(id);
    return id;
  }

  /** Makes these ids available again. */
  free(ids: Iterable<string>): void {
    for (const id of ids) this.taken.delete(id);
  }
}

/** The ids of one answer of a model. */
export class AnswerToolCallIds {
  private readonly ids = new Map<string, string>();

  constructor(private readonly all: ToolCallIds) {}

  /** The run's id for the call that the provider calls `given`. */
  of(given: string): string {
    const known = this.ids.get(given);
    if (known !== undefined) return known;
    const id = this.all.take(given);
    this.ids.set(given, id);
    return id;
  }

  /** The same for a result, which may belong to a call of an earlier answer. */
  ofResult(given: string): string {
    return this.ids.get(given) ?? given;
  }

  /** Frees the ids of an incomplete answer. */
  drop(): void {
    this.all.free(this.ids.values());
    this.ids.clear();
  }
}
