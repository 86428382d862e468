/** The chunks used by every subject of a benchmark, and the timestamp from which their age is computed. */
import type { UIMessageChunk } from '#libs/contracts';

/** Chunks per entry, where a benchmark batches. */
export const CHUNKS_PER_ENTRY = 64;

const MARK = '"delta":"t';

/** A delta as long as a word of a model's answer. */
export function plainChunk(index: number): UIMessageChunk {
  return { type: 'text-delta', id: 'text-1', delta: ` #${index}` };
}

/** A delta with its creation time, on the clock shared by all processes of this machine. */
export function timedChunk(): UIMessageChunk {
  return { type: 'text-delta', id: 'text-1', delta: `t${nowMicros()}` };
}

export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Calls `each` with the time of every timed chunk in a text of any protocol. Much cheaper than parsing it. */
export function eachMoment(text: string, each: (madeAtMicros: number) => void): void {
  for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at)) {
    at += MARK.length;
    each(Number(text.slice(at, text.indexOf('"', at))));
  }
}

/** Calls `tick` `perSecond` times a second for `seconds`; calls missed by a late timer are made up for at once. */
export async function atRate(perSecond: number, seconds: number, tick: () => void): Promise<void> {
  const start = performance.now();
  const total = perSecond * seconds;
  let done = 0;
  while (done < total) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1_000) * perSecond) + 1);
    for (; done < due; done += 1) tick();
    const nextAt = start + (done / perSecond) * 1_000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, nextAt - performance.now())));
  }
}
